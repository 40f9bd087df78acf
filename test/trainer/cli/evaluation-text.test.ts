import { expect, test } from 'vitest'
import { differingAnswers, differingTable } from '../../../trainer/cli/differing-answers.ts'
import { evaluationText, figuresBeside, headingText, withInterval } from '../../../trainer/cli/evaluation-text.ts'
import { evaluationOf } from '../../../trainer/evaluate/evaluation.ts'
import { predictionsOf } from '../../../trainer/evaluate/predictions.ts'

/** Two rows of each of C labels; one of them is answered with the label after it, but for the last. */
const many = (C: number) => {
  const labels = Array.from({ length: 2 * C }, (_, n) => n >> 1)
  const scores = labels.map((label, n) => Array.from({ length: C }, (_, c) => Number(c === Math.min(C - 1, label + (n % 2))))) // biome-ignore format: one thought
  return evaluationOf(
    predictionsOf(scores, labels, C),
    Array.from({ length: C }, (_, c) => `label-${c}`),
  )
}

test('few labels have a line and a row of the confusion matrix each', () => {
  const text = evaluationText(many(3))
  expect(text).toMatch(/^figure +value +95 % interval\naccuracy +0\.667 +\d\.\d{3} to \d\.\d{3}\ncalibration error +\d\.\d{3}\n/)
  expect(text.match(/^label-\d +\d\.\d{3} +\d\.\d{3} +\d\.\d{3} +2$/gm)).toHaveLength(3)
  expect(text).toMatch(/label ↓ answer → {2}label-0 {2}label-1 {2}label-2\n/)
})

test('of many labels those are shown that do worst, and the most confused pairs in place of the matrix', () => {
  const lines = evaluationText(many(77)).split('\n')
  expect(lines.filter((line) => /^label-\d/.test(line))).toHaveLength(24)
  expect(lines).toContain('The 24 labels of 77 with the lowest F1 (--json has all):')
  expect(lines.filter((line) => /^1 of 2 +label-\d+ +label-\d+$/.test(line))).toHaveLength(10)
  expect(lines.at(-1)).toBe('and 66 more pairs')
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThan(100)
})

test('where nothing was confused, that is said', () => {
  const labels = Array.from({ length: 13 }, (_, n) => n)
  const scores = labels.map((label) => labels.map((c) => Number(c === label)))
  const perfect = evaluationOf(predictionsOf(scores, labels, 13), labels.map(String))
  expect(evaluationText(perfect)).toMatch(/\n\nNo label was taken for another\.$/)
})

test('a figure that divides by nothing, or that another version did not measure, is a dash', () => {
  const evaluation = evaluationOf(predictionsOf([[1, 0, 0]], [0], 3), ['a', 'b', 'c'])
  expect(evaluationText(evaluation)).toMatch(/^b +– +– +– +0$/m)
  expect(figuresBeside([['A', { ...evaluation, metrics: {}, intervals: {} }]])).toMatch(/^accuracy +–$/m)
  expect(withInterval(0.5)).toBe('0.500')
  expect(withInterval(0.5, { low: 0.25, high: 0.75 })).toBe('0.500 (0.250–0.750)')
})

const hostile = '\x1b[2J\r\nforged: line\u202e'
const obeyed = /[^\P{Cc}\n]|\u202e/u

test('labels, names and texts of others command nothing, and forge no line', () => {
  const predictions = predictionsOf([[1, 0], [0, 1]], [0, 1], 2) // biome-ignore format: a matrix
  const other = predictionsOf([[0, 1], [1, 0]], [0, 1], 2) // biome-ignore format: a matrix
  const labels = [hostile, 'b']
  const dataset = { file: hostile, sha256: '', examples: [{ text: hostile, label: hostile }, { text: 'x'.repeat(1000), label: 'b' }] } // biome-ignore format: one thought
  const differing = differingAnswers([0, 1], dataset, labels, [predictions, other])
  expect(differing).toMatchObject([{ example: 0, text: hostile, answers: [{ label: hostile }, { label: 'b' }] }, { example: 1 }])
  const texts = [
    headingText(hostile, dataset, { labels, truncated: 0 }),
    evaluationText(evaluationOf(predictions, labels)),
    differingTable(differing, ['A', 'B']),
  ]
  for (const text of texts) {
    expect(text).not.toMatch(obeyed)
    expect(text).not.toMatch(/^forged/m)
  }
  expect(differingTable(differing, ['A', 'B']).length).toBeLessThan(1000)
})

test('of many texts the first twenty are shown', () => {
  const predictions = predictionsOf(Array.from({ length: 30 }, () => [1, 0]), new Array(30).fill(0), 2) // biome-ignore format: one thought
  const dataset = { file: 'a', sha256: '', examples: Array.from({ length: 30 }, (_, n) => ({ text: `text ${n}`, label: 'a' })) }
  const rows = Array.from({ length: 30 }, (_, n) => n)
  const lines = differingTable(differingAnswers(rows, dataset, ['a', 'b'], [predictions, predictions]), ['A', 'B']).split('\n')
  expect(lines).toHaveLength(22)
  expect(lines.slice(-2)).toEqual([expect.stringMatching(/text 19$/), 'and 10 more (--json has all)'])
})
