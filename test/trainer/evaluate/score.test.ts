import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { Prompt } from '../../../shared/engine/prompt.ts'
import { labelScores } from '../../../shared/engine/scores.ts'
import { promptTensor } from '../../../shared/formats/peft.ts'
import { prefixElements } from '../../../shared/formats/prefix.ts'
import { writeSafetensors } from '../../../shared/formats/safetensors.ts'
import { scoreRows, scoreTexts } from '../../../trainer/evaluate/score.ts'
import { openFrozen } from '../../../trainer/import/open-frozen.ts'
import { openModel } from '../../../trainer/import/open-model.ts'
import { seededRandom, shuffled } from '../../../trainer/random.ts'
import { temporaryFolder } from '../../fixtures/imported-model.ts'
import { randomPrompt } from '../../fixtures/random-prompt.ts'
import { writeSmallModel } from '../../fixtures/small-model.ts'

const directory = join(temporaryFolder(), 'model')
const card = await writeSmallModel(directory)
const frozen = await openFrozen(openModel(directory), { threads: 1 })
afterAll(() => frozen.close())
const prompt = await Prompt.load(await randomPrompt(card, { task: 'spam' }), 'x', frozen)

// more texts than are scored at once, and no two of a length
const texts = shuffled(Array.from({ length: 70 }, (_, i) => 'a'.repeat(1 + i)), seededRandom(3)) // biome-ignore format: one thought
const rows = texts.map((text) => prompt.row(text))

describe('scores', () => {
  test('are those of each row alone, bit for bit, in the order of the rows', async () => {
    const scores = await scoreRows(frozen, rows, prompt.ready, prompt)
    expect(scores).toHaveLength(70)
    for (const [i, row] of rows.entries()) {
      const [hidden] = await frozen.hidden([row], [prompt.ready])
      expect(scores[i]).toEqual(labelScores(hidden!, prompt))
    }
  })

  test('of texts are those of their rows under the prompt’s template', async () => {
    expect(await scoreTexts(frozen, prompt, texts)).toEqual(await scoreRows(frozen, rows, prompt.ready, prompt))
  })

  test('of no texts are none', async () => {
    expect(await scoreTexts(frozen, prompt, [])).toEqual([])
  })

  test('that are no numbers are an error that names the prompt', async () => {
    const P = 5
    const huge = { shape: [P, prefixElements(1, card.sizes)], data: new Float32Array(prefixElements(P, card.sizes)).fill(3e38) }
    const files = { 'adapter_model.safetensors': writeSafetensors({ [promptTensor]: huge }) }
    const broken = await Prompt.load(await randomPrompt(card, { task: 'mood', card: { kind: 'prefix' }, files }), 'x', frozen)
    await expect(scoreTexts(frozen, broken, ['a'])).rejects.toMatchObject({
      code: 'invalid_prompt',
      message: expect.stringMatching(/prompt mood: it gives a score of NaN/),
    })
  })
})

test('an aborted signal ends the measuring', async () => {
  const controller = new AbortController()
  await expect(scoreTexts(frozen, prompt, texts, controller.signal)).resolves.toHaveLength(70)
  controller.abort()
  await expect(scoreTexts(frozen, prompt, texts, controller.signal)).rejects.toMatchObject({ code: 'interrupted' })
})
