import { parse } from 'csv-parse/sync'
import { expect, test } from 'vitest'
import { answerWriter } from '../../../trainer/cli/answer-files.ts'

const texts = ['plain', 'a "quoted", text', 'two\nlines', '']
const answers = texts.map((_, n) => ({
  label: n % 2 === 0 ? 'a,b' : 'c',
  probability: 0.5 + n / 10,
  probabilities: { 'a,b': 0.5, c: 0.5 },
  truncated: n === 1,
  tokens: 3,
}))

test('CSV is read back as it was written', () => {
  const rows = parse(answerWriter('answers.CSV')!(texts, answers), { columns: true })
  expect(rows).toEqual(
    texts.map((text, n) => ({ text, label: answers[n]!.label, probability: String(answers[n]!.probability), truncated: String(n === 1) })),
  )
})

test('JSON Lines have the answers whole', () => {
  const lines = answerWriter('answers.jsonl')!(texts, answers).trimEnd().split('\n')
  expect(lines.map((line) => JSON.parse(line))).toEqual(answers.map((answer, n) => ({ text: texts[n], ...answer })))
})

test('other names are not known', () => {
  expect(answerWriter('answers.txt')).toBeUndefined()
})

test('an answer that is withheld is an empty cell, and several labels are one', () => {
  const [first] = answers
  const rows = [
    { ...first!, label: null },
    { ...first!, labels: ['x', 'y'] },
    { ...first!, label: null, labels: [] },
  ]
  const written = parse(answerWriter('answers.csv')!(texts.slice(0, 3), rows), { columns: true }) as { label: string }[]
  expect(written.map(({ label }) => label)).toEqual(['', 'x, y', ''])
})
