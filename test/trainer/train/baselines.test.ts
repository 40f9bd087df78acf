import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { argmax, labelScores } from '../../../shared/engine/scores.ts'
import { criteriaBy } from '../../../trainer/evaluate/better.ts'
import { metricsOf } from '../../../trainer/evaluate/metrics.ts'
import { openFrozen } from '../../../trainer/import/open-frozen.ts'
import { openModel } from '../../../trainer/import/open-model.ts'
import { wordHead } from '../../../trainer/import/word-head.ts'
import { seededRandom } from '../../../trainer/random.ts'
import { measureBaselines } from '../../../trainer/train/baselines.ts'
import { classification } from '../../../trainer/train/objectives/classification.ts'
import { temporaryFolder } from '../../fixtures/imported-model.ts'
import { writeSmallModel } from '../../fixtures/small-model.ts'

const directory = join(temporaryFolder(), 'model')
await writeSmallModel(directory)
const opened = openModel(directory)
const frozen = await openFrozen(opened, { threads: 1 })
afterAll(() => frozen.close())
const labels = [5, 6].map((token) => ({ label: `${token}`, verbalizer: `${token}`, token }))

/** Rows whose last token gives their label away. */
function examples(count: number, seed: number) {
  const random = seededRandom(seed)
  return Array.from({ length: count }, (_, n) => {
    const inputIds = Array.from({ length: 1 + Math.floor(random() * 8) }, () => 1 + Math.floor(random() * 90))
    return { inputIds: [...inputIds, n % 2 === 0 ? 40 : 41], right: n % 2 }
  })
}
const [train, dev] = [examples(30, 1), examples(11, 2)]
const probeOptions = (wants: boolean) => ({
  ...{ wants, objective: classification, weighting: { labelWeights: null } },
  choice: { measure: (scores: readonly Float64Array[]) => metricsOf(scores, dev.map(({ right }) => right), 2), criteria: criteriaBy('accuracy') }, // biome-ignore format: one thought
})
const measure = (wantsProbe = true, signal = new AbortController().signal) =>
  measureBaselines({ opened, frozen }, labels, train, dev, probeOptions(wantsProbe), { signal })

describe('what a prompt has to beat', () => {
  test('is a probe that has learned from train, and the labels’ words', async () => {
    const { probe, zeroShot } = await measure()
    const right = probe!.scores.filter((row, n) => argmax(row) === dev[n]!.right).length
    expect(right / dev.length).toBeGreaterThan(0.8)
    expect(zeroShot).toMatchObject(await wordHead({ opened, frozen }, labels))
    const hidden = (await frozen.hidden([dev[3]!], [frozen.unprompted]))[0]!
    expect(probe!.scores[3]).toEqual(labelScores(hidden, probe!))
    expect(zeroShot.scores[3]).toEqual(labelScores(hidden, zeroShot))
  })

  test('leaves the probe out where nobody wants it', async () => {
    expect((await measure(false)).probe).toBeNull()
  })

  test('is not waited for after Ctrl-C', async () => {
    const controller = new AbortController()
    controller.abort()
    await expect(measure(true, controller.signal)).rejects.toMatchObject({ code: 'interrupted' })
  })
})
