import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { Prompt } from '../../../shared/engine/prompt.ts'
import { runSelfTest } from '../../../shared/engine/self-test.ts'
import { promptTensor } from '../../../shared/formats/peft.ts'
import { prefixElements } from '../../../shared/formats/prefix.ts'
import type { PromptCard } from '../../../shared/formats/prompt-card.ts'
import { writeSafetensors } from '../../../shared/formats/safetensors.ts'
import { openFrozen } from '../../../trainer/import/open-frozen.ts'
import { openModel } from '../../../trainer/import/open-model.ts'
import { temporaryFolder } from '../../fixtures/imported-model.ts'
import { randomPrompt } from '../../fixtures/random-prompt.ts'
import { writeSmallModel } from '../../fixtures/small-model.ts'

const directory = join(temporaryFolder(), 'model')
const card = await writeSmallModel(directory)
const frozen = await openFrozen(openModel(directory), { threads: 1 })
afterAll(() => frozen.close())

type SelfTest = PromptCard['selfTest']

const texts = ['one', 'two and a half', 'x'.repeat(100)]
const load = async (selfTest: SelfTest, changes: Partial<PromptCard> = {}, maxRowTokens?: number) =>
  Prompt.load(await randomPrompt(card, { task: 'spam', card: { selfTest, ...changes } }), 'x', frozen, maxRowTokens)

/** What the prompt gives here for a text, with `off` added to the first score. */
async function scoresHere(text: string, off = 0): Promise<number[]> {
  const prompt = await load([])
  const [hidden] = await frozen.hidden([prompt.row(text)], [prompt.ready])
  return Array.from(prompt.scores(hidden!), (score, c) => score + (c === 0 ? off : 0))
}
const selfTestOf = (scores: readonly number[][], weights = 'int8'): SelfTest =>
  texts.map((text, i) => ({ text, scores: { [weights]: scores[i]! } }))
const right = [await scoresHere(texts[0]!), await scoresHere(texts[1]!), await scoresHere(texts[2]!)]
/** Scores of which the last text's first is off. */
const off = async (difference: number) => [right[0]!, right[1]!, await scoresHere(texts[2]!, difference)]
const run = (prompt: Prompt) => runSelfTest(prompt, async () => frozen)

describe('a self-test', () => {
  test('passes where the scores are those that the trainer saw', async () => {
    expect(await run(await load(selfTestOf(right)))).toBeNull()
  })

  test('passes where one is off by no more than rounding explains, warns where by more, and refuses where by much', async () => {
    // about a quarter of a difference of scores is one of probabilities, with two labels
    expect(await run(await load(selfTestOf(await off(0.01))))).toBeNull()
    expect(await run(await load(selfTestOf(await off(0.52))))).toMatch(
      /prompt spam answers otherwise than in training: its probabilities are up to 0\.0\d+ .*int8 weights/,
    )
    await expect(run(await load(selfTestOf(await off(3))))).rejects.toMatchObject({
      code: 'invalid_prompt',
      message: expect.stringMatching(/Cannot use prompt spam: .* at most 0\.1 is served\. Train it again/),
    })
  })

  test('compares with the scores of these weights, else with those that the prompt was trained through', async () => {
    const wrong = await off(3)
    const both = texts.map((text, i) => ({ text, scores: { int8: right[i]!, float32: wrong[i]! } }))
    expect(await run(await load(both))).toBeNull()
    const base = { hash: card.baseHash, name: card.name, weights: 'float32', graphVersion: card.graphVersion }
    expect(await run(await load(both, { base }))).toBeNull()
    await expect(run(await load(selfTestOf(wrong, 'float32'), { base }))).rejects.toThrow(/float32 weights/)
    // nothing to compare with
    expect(await run(await load(selfTestOf(wrong, 'int4'), { base }))).toMatch(/was trained through float32 weights, this model has int8/)
  })

  test('allows two weight formats more than one and itself, and names the format that it held the answers against', async () => {
    const base = { hash: card.baseHash, name: card.name, weights: 'float32', graphVersion: card.graphVersion }
    const [near, far] = [await off(0.52), await off(1.25)]
    expect(await run(await load(selfTestOf(near)))).toMatch(/saw through int8 weights/)
    expect(await run(await load(selfTestOf(near, 'float32'), { base }))).toBeNull()
    expect(await run(await load(selfTestOf(far, 'float32'), { base }))).toMatch(/saw through float32 weights/)
    const past = await off(6)
    await expect(run(await load(selfTestOf(past, 'float32'), { base }))).rejects.toThrow(
      /saw through float32 weights.* at most 0\.3 is served/,
    )
    // these weights' own scores come first, and what they allow
    await expect(run(await load(selfTestOf(far), { base }))).rejects.toThrow(/saw through int8 weights.* at most 0\.1 is served/)
  })

  test('passes over a text that lost its end here and not there, and holds the others against theirs', async () => {
    const shortened = async (scores: number[][]) => load(selfTestOf(scores), { maxTokens: 128 }, 64)
    expect(await run(await shortened(await off(3)))).toBeNull()
    await expect(run(await shortened([await scoresHere(texts[0]!, 3), right[1]!, right[2]!]))).rejects.toMatchObject({
      code: 'invalid_prompt',
    })
  })

  test('of no texts still shows whether the prompt answers at all', async () => {
    expect(await run(await load([]))).toBeNull()
    const P = 5
    const huge = { shape: [P, prefixElements(1, card.sizes)], data: new Float32Array(prefixElements(P, card.sizes)).fill(3e38) }
    const files = { 'adapter_model.safetensors': writeSafetensors({ [promptTensor]: huge }) }
    const prompt = await Prompt.load(await randomPrompt(card, { task: 'spam', card: { kind: 'prefix' }, files }), 'x', frozen)
    await expect(run(prompt)).rejects.toMatchObject({
      code: 'invalid_prompt',
      message: expect.stringMatching(/prompt spam: it gives a score of NaN/),
    })
  })

  test('asks for the model anew for every text, since a host may have let it go in between', async () => {
    let asked = 0
    await runSelfTest(await load(selfTestOf(right)), async () => {
      asked++
      return frozen
    })
    expect(asked).toBeGreaterThanOrEqual(texts.length)
  })
})
