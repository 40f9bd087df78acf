import { join } from 'node:path'
import { expect, test } from 'vitest'
import { DifferentiableModel } from '../../../trainer/autodiff/differentiable-model.ts'
import { writePromptFolder } from '../../../trainer/disk/prompt-folder.ts'
import { openModel } from '../../../trainer/import/open-model.ts'
import { evaluatePackage } from '../../../trainer/library/evaluate-package.ts'
import { learn } from '../../../trainer/train/job.ts'
import { temporaryFolder } from '../../fixtures/imported-model.ts'
import { writeSmallModel } from '../../fixtures/small-model.ts'
import { drain } from '../../fixtures/training.ts'

const folder = temporaryFolder()
const { signal } = new AbortController()
const measuring = { threads: 1, signal, warn: () => undefined, progress: () => undefined }

/** Texts of a frequent label and two seldom ones: a probability of a half is no good threshold for those. */
function skewed(file: string, frame: (words: string) => string) {
  const texts = ['cat', 'dog', 'horse', 'bird', 'cow', 'fish', 'sheep', 'lion', 'Paris', 'gold'].map((word, n) => {
    const labels = ['often', ...(n % 5 === 1 ? ['seldom'] : []), ...(n % 5 === 2 ? ['rare'] : [])]
    return { text: frame(word), label: labels.join(' + '), labels }
  })
  return { file, sha256: '0'.repeat(64), examples: [...texts, { text: frame('nothing'), label: '(none)', labels: [] }] }
}

test('of several labels a text the probe answers as it did in training, and the difference is that of micro-F1', async () => {
  await writeSmallModel(join(folder, 'model'))
  const model = await DifferentiableModel.open(openModel(join(folder, 'model')), { threads: 1 })
  const train = skewed('train', (word) => `I saw ${word} today`)
  const dev = skewed('dev', (word) => `We talked of ${word} again`)
  const settings = { virtualTokens: 4, steps: 60, evaluateEvery: 20, learningRate: 0.05, headLearningRate: 0.05 }
  const job = { model, task: 'kinds', train, dev, verbalizers: {}, settings, resume: () => null, signal }
  const { result } = await drain(learn(job))
  await model.close()
  await writePromptFolder(join(folder, 'kinds'), result.files, join(folder, 'model'))
  const { baselines, overProbe, metrics } = await evaluatePackage(join(folder, 'kinds'), dev, measuring)
  const { microF1, accuracy } = result.baselines.probe!
  expect(baselines.probe).toMatchObject({ microF1, accuracy }) // dev is what its thresholds were chosen on
  expect(baselines.probe!.microF1Interval!.low).toBeLessThanOrEqual(microF1)
  expect(baselines.zeroShot).toBeUndefined()
  expect(result.method).toBe('prefix')
  expect(overProbe).toEqual(result.overProbe)
  expect(metrics.microF1).toBe(result.metrics.microF1)
})
