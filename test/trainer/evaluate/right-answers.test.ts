import { describe, expect, test } from 'vitest'
import type { Dataset } from '../../../trainer/data/dataset.ts'
import type { Example } from '../../../trainer/data/example.ts'
import { rightAnswers, rightForTraining } from '../../../trainer/evaluate/right-answers.ts'

const dataset = (...examples: Omit<Example, 'text'>[]): Dataset => ({
  file: 'test.jsonl',
  sha256: '',
  examples: examples.map((example, n) => ({ text: `text ${n}`, ...example })),
})
const one = dataset({ label: 'b' }, { label: 'a' })
const several = dataset({ label: 'a + c', labels: ['a', 'c'] }, { label: '(none)', labels: [] })

describe('what is right', () => {
  test('is the index of the label, or all indexes where a text may have several', () => {
    expect(rightAnswers(one, ['a', 'b'], 'it')).toEqual([1, 0])
    expect(rightAnswers(one, ['a', 'b'], 'it', true)).toEqual([[1], [0]])
    expect(rightAnswers(several, ['c', 'b', 'a'], 'it', true)).toEqual([[0, 2], []])
  })

  test('is not known to what gives one label where the file has lists', () => {
    expect(() => rightAnswers(several, ['a', 'c'], 'runs/spam')).toThrow(
      'Cannot measure runs/spam on test.jsonl: it gives each text one label, and the file has lists of labels. Measure it on examples with one label each.',
    )
  })

  test('is refused where a label is not known, with how many examples have such', () => {
    const alien = dataset({ label: 'b' }, { label: 'x' }, { label: 'a', probabilities: { a: 0.9, y: 0.1 } })
    expect(() => rightAnswers(alien, ['a', 'b'], 'runs/spam')).toThrow(
      'it has no label "x" (2 of 3 examples have labels that it does not know). Its labels are a, b.',
    )
    expect(() => rightForTraining(alien, ['a', 'b'], false)).toThrow(
      'Cannot use test.jsonl: label "x" is not one of the training data\'s (a, b).',
    )
  })
})
