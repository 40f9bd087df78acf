import { expect, test } from 'vitest'
import { readAnswer } from '../../../../shared/engine/heads/read-answer.ts'
import { softmax } from '../../../../shared/engine/scores.ts'
import type { PromptCard } from '../../../../shared/formats/prompt-card.ts'

const read = (answer: object, classes = 3) => readAnswer(answer as PromptCard['answer'], classes, 'prompt x')

test('softmax divides scores by its temperature', () => {
  const { temperature, probabilities } = read({ type: 'softmax', version: 1, temperature: 2 })
  expect(temperature).toBe(2)
  expect(probabilities([3, 1, -1])).toEqual(softmax([3, 1, -1], 2))
})

test.each([
  [{ type: 'tanh', version: 1 }, 'unsupported', /prompt x: its answer is of type tanh, and sigmoid, softmax are supported here/],
  [{ type: 'constructor', version: 1 }, 'unsupported', /type constructor/],
  [{ type: 'softmax', version: 3, temperature: 1 }, 'unsupported', /type softmax, version 3, and versions 1 and 2 are supported here/],
  [
    { type: 'sigmoid', version: 2, temperature: 1, thresholds: [] },
    'unsupported',
    /type sigmoid, version 2, and version 1 is supported here/,
  ],
  [{ type: 'softmax', version: 2, temperature: 1 }, 'invalid_prompt', /field thresholds is wrong/],
  [{ type: 'softmax', version: 2, temperature: 1, thresholds: [0.5, 2, 0.5] }, 'invalid_prompt', /field thresholds.1 is wrong/],
  [{ type: 'sigmoid', version: 1, temperature: 1, thresholds: [0.5] }, 'invalid_prompt', /its answer has 1 thresholds for 3 labels/],
  [{ type: 'softmax', version: 1 }, 'invalid_prompt', /the answer of prompt x: field temperature is wrong/],
  [{ type: 'softmax', version: 1, temperature: 0 }, 'invalid_prompt', /field temperature is wrong/],
])('%j is refused by name', (answer, code, message) => {
  expect(() => read(answer)).toThrow(expect.objectContaining({ code, message: expect.stringMatching(message) }))
})

test('of one label the most probable is given, where it reaches its threshold', () => {
  const always = read({ type: 'softmax', version: 1, temperature: 1 })
  expect([always.several, always.thresholds, always.given([0.2, 0.5, 0.3])]).toEqual([false, undefined, [1]])
  const sure = read({ type: 'softmax', version: 2, temperature: 1, thresholds: [0.9, 0.5, null] })
  expect(sure.given([0.2, 0.5, 0.3])).toEqual([1])
  expect(sure.given([0.6, 0.3, 0.1])).toEqual([]) // label 0 asks for more, and label 1 is not the most probable
  expect(sure.given([0, 0, 1])).toEqual([]) // label 2 is never given
})

test('of several labels all are given that reach their thresholds, the most probable first', () => {
  const { several, given, probabilities } = read({ type: 'sigmoid', version: 1, temperature: 2, thresholds: [0.5, 0.2, null] })
  expect(several).toBe(true)
  expect(given([0.5, 0.7, 1])).toEqual([1, 0])
  expect(given([0.4, 0.1, 1])).toEqual([])
  expect(probabilities([0, 2, -2])).toEqual([0.5, expect.closeTo(1 / (1 + Math.exp(-1)), 12), expect.closeTo(1 / (1 + Math.exp(1)), 12)])
})
