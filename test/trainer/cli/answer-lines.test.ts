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

test('an answer that is withheld says so, and several labels are named', () => {
  const withheld = { ...answer({ no: 0.25, yes: 0.75 }), label: null }
  expect(answerLines(withheld)).toMatch(/^no answer: none is probable enough for this task\nyes {2}0\.750/)
  const several = { ...answer({ a: 0.9, b: 0.8 }), labels: ['a', 'b'] }
  expect(answerLines(several)).toMatch(/^a, b\na {2}0\.900/)
  expect(answerLines({ ...several, label: null, labels: [] })).toMatch(/^no label: none is probable enough/)
  expect(answerTable(['one', 'two'], [withheld, several])).toBe(
    'label      probability  text\nno answer  0.750        one\na, b       0.900        two',
  )
})
