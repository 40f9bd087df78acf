import { expect, test } from 'vitest'
import { answerLines, answerTable } from '../../../trainer/cli/answer-lines.ts'

const answer = (probabilities: Record<string, number>, truncated = false) => {
  const [label, probability] = Object.entries(probabilities).sort(([, a], [, b]) => b - a)[0]!
  return { label, probability, probabilities, truncated, tokens: 16 }
}

test('one answer is shown with the likeliest labels first', () => {
  expect(answerLines(answer({ no: 0.25, yes: 0.75 }))).toBe(`yes  0.750  ${'━'.repeat(18)}\nno   0.250  ${'━'.repeat(6)}`)
  const many = Object.fromEntries(Array.from({ length: 12 }, (_, n) => [`label ${n}`, n / 66]))
  expect(answerLines(answer(many, true)).split('\n')).toMatchObject({
    length: 10,
    0: expect.stringMatching(/^label 11 +0\.167/),
    8: 'and 4 more',
    9: expect.stringContaining('at most 16 tokens'),
  })
})

test('many answers are a line each, with the beginning of their text', () => {
  const lines = answerTable(
    ['short', `long ${'word '.repeat(30)}`, 'two\n lines'],
    [answer({ a: 1 }), answer({ bb: 1 }), answer({ a: 1 })],
  ).split('\n')
  expect(lines[0]).toMatch(/^label +probability +text$/)
  expect(lines[1]).toBe('a      1.000        short')
  expect(lines[2]).toHaveLength(7 + 13 + 60)
  expect(lines[3]).toMatch(/two lines$/)
})
