import { expect, test } from 'vitest'
import { readAnswer } from '../../../../shared/engine/heads/read-answer.ts'
import { softmax } from '../../../../shared/engine/scores.ts'
import type { PromptCard } from '../../../../shared/formats/prompt-card.ts'

const read = (answer: object) => readAnswer(answer as PromptCard['answer'], 'prompt x')

test('softmax divides scores by its temperature', () => {
  const { temperature, probabilities } = read({ type: 'softmax', version: 1, temperature: 2 })
  expect(temperature).toBe(2)
  expect(probabilities([3, 1, -1])).toEqual(softmax([3, 1, -1], 2))
})

test.each([
  [{ type: 'sigmoid', version: 1 }, 'unsupported', /prompt x: its answer is of type sigmoid, and softmax are supported here/],
  [{ type: 'constructor', version: 1 }, 'unsupported', /type constructor/],
  [{ type: 'softmax', version: 2, temperature: 1 }, 'unsupported', /type softmax, version 2, and version 1 is supported here/],
  [{ type: 'softmax', version: 1 }, 'invalid_prompt', /the answer of prompt x: field temperature is wrong/],
  [{ type: 'softmax', version: 1, temperature: 0 }, 'invalid_prompt', /field temperature is wrong/],
])('%j is refused by name', (answer, code, message) => {
  expect(() => read(answer)).toThrow(expect.objectContaining({ code, message: expect.stringMatching(message) }))
})
