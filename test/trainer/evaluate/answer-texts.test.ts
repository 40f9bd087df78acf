import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { Prompt } from '../../../shared/engine/prompt.ts'
import { answerTexts } from '../../../trainer/evaluate/answer-texts.ts'
import { scoreTexts } from '../../../trainer/evaluate/score.ts'
import { openFrozen } from '../../../trainer/import/open-frozen.ts'
import { openModel } from '../../../trainer/import/open-model.ts'
import { temporaryFolder } from '../../fixtures/imported-model.ts'
import { randomPrompt } from '../../fixtures/random-prompt.ts'
import { writeSmallModel } from '../../fixtures/small-model.ts'

const directory = join(temporaryFolder(), 'model')
const card = await writeSmallModel(directory)
const frozen = await openFrozen(openModel(directory), { threads: 1 })
afterAll(() => frozen.close())
const prompt = await Prompt.load(await randomPrompt(card, { task: 'spam' }), 'x', frozen)
const texts = Array.from({ length: 70 }, (_, n) => 'a'.repeat(70 - n))

test('each text is answered in its place, as its scores say, and progress is told', async () => {
  const told: number[][] = []
  const answers = await answerTexts(frozen, prompt, texts, new AbortController().signal, (...progress) => told.push(progress))
  const scores = await scoreTexts(frozen, prompt, texts)
  for (const [n, { label, probability, probabilities, tokens }] of answers.entries()) {
    const expected = prompt.probabilities(scores[n]!)
    expect(Object.values(probabilities)).toEqual(expected)
    expect([probability, probabilities[label!]]).toEqual([Math.max(...expected), Math.max(...expected)])
    expect(tokens).toBe(prompt.row(texts[n]!).inputIds.length)
  }
  expect(told).toEqual([[24, 70], [48, 70], [70, 70]]) // biome-ignore format: pairs
})

test('an interrupted call stops', async () => {
  await expect(answerTexts(frozen, prompt, texts, AbortSignal.abort(), () => {})).rejects.toMatchObject({ code: 'interrupted' })
})
