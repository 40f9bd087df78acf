import { expect, test } from 'vitest'
import type { TaskResult } from '../../../worker/playground/place.ts'
import { resultsCsv } from '../../../worker/playground/results-csv.ts'

const result = (label: string, probability: number): TaskResult => ({
  task: 'any',
  label,
  probability,
  probabilities: { [label]: probability },
  truncated: false,
  tokens: 3,
})

test('a text a line, a label, its probability and whether the text was cut a task, and what has not come is empty', () => {
  const results = [result('good', 0.75), { ...result('a,b', 1), truncated: true }, undefined, result('say "x"', 0.5)]
  expect(resultsCsv(['one', 'two\nlines'], ['tone', 'kind'], results)).toBe(
    'text,tone,tone_probability,tone_truncated,kind,kind_probability,kind_truncated\r\none,good,0.75,false,"a,b",1,true\r\n"two\nlines",,,,"say ""x""",0.5,false\r\n',
  )
})

test('no cell is a formula', () => {
  const csv = resultsCsv(['=1+1', '-3', '@x', '+y'], ['tone'], [result('-z', 0.1), undefined, undefined, undefined])
  expect(csv.split('\r\n').slice(1, 5)).toEqual(["'=1+1,'-z,0.1,false", '-3,,,', "'@x,,,", "'+y,,,"])
})

test('an answer that is withheld is empty, and several labels are one cell', () => {
  const withheld = { ...result('good', 0.4), label: null }
  const several = { ...result('good', 0.9), labels: ['good', 'bad'] }
  expect(resultsCsv(['one', 'two'], ['tone'], [withheld, several])).toBe(
    'text,tone,tone_probability,tone_truncated\r\none,,0.4,false\r\ntwo,"good, bad",0.9,false\r\n',
  )
})
