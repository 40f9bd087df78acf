import { describe, expect, test } from 'vitest'
import { readAnswer } from '../../../shared/engine/heads/read-answer.ts'
import { EvaluationRecord, evaluationOf } from '../../../trainer/evaluate/evaluation.ts'
import { predictionsOf } from '../../../trainer/evaluate/predictions.ts'
import reference from '../../reference/metrics.json' with { type: 'json' }

const namesFor = (scores: readonly (readonly number[])[]) => scores[0]!.map((_, c) => `label ${c}`)

describe.each(reference.cases)('$name, against scikit-learn', ({ unit, scores, labels, metrics, byLabel, confusion }) => {
  const predictions = predictionsOf(scores.map((row) => row.map((score) => score * unit)), labels, scores[0]!.length) // biome-ignore format: one thought
  const evaluation = evaluationOf(predictions, namesFor(scores))

  test('has the same metrics', () => {
    expect(Object.keys(evaluation.metrics).sort()).toEqual(Object.keys(metrics).sort())
    for (const [name, value] of Object.entries(metrics)) expect(evaluation.metrics[name], name).toBeCloseTo(value, 12)
  })

  test('has the same figures of each label, and none where they would divide by nothing', () => {
    expect(evaluation.byLabel).toHaveLength(byLabel.length)
    byLabel.forEach((expected, c) => {
      const { label, support, ...figures } = evaluation.byLabel[c]!
      expect({ label, support }).toEqual({ label: `label ${c}`, support: expected.support })
      for (const name of ['precision', 'recall', 'f1'] as const) {
        if (expected[name] === null) expect(figures[name], name).toBe(null)
        else expect(figures[name], name).toBeCloseTo(expected[name], 12)
      }
    })
    expect(evaluation.confusion).toEqual(confusion)
  })

  test('is written down and read back', () => {
    expect(EvaluationRecord.parse(JSON.parse(JSON.stringify(evaluation)))).toEqual(evaluation)
  })

  test('has intervals around its values, of those alone that have one', () => {
    expect(Object.keys(evaluation.intervals).sort()).toEqual(['accuracy', 'loss', 'macroF1', 'macroPrecision', 'macroRecall', 'microF1'])
    const { low, high } = evaluation.intervals.accuracy!
    expect(low).toBeLessThanOrEqual(metrics.accuracy)
    expect(high).toBeGreaterThanOrEqual(metrics.accuracy)
    expect(evaluation.intervals.microF1).toEqual({ low: expect.closeTo(low, 12), high: expect.closeTo(high, 12) })
  })
})

describe.each(reference.several)('several labels a text, $name, against scikit-learn', ({ unit, scores, there, metrics, byLabel }) => {
  const C = scores[0]!.length
  const rule = readAnswer({ type: 'sigmoid', version: 1, temperature: 1 / unit, thresholds: Array(C).fill(0.5) }, C, 'it')
  const evaluation = evaluationOf(predictionsOf(scores, there, C, rule), namesFor(scores), rule.thresholds)

  test('has the same metrics, and the same figures of each label', () => {
    for (const [name, value] of Object.entries(metrics)) expect(evaluation.metrics[name], name).toBeCloseTo(value, 12)
    byLabel.forEach((expected, c) => {
      const figures = evaluation.byLabel[c]!
      expect(figures.support).toBe(expected.support)
      for (const name of ['precision', 'recall', 'f1'] as const) {
        if (expected[name] === null) expect(figures[name], name).toBe(null)
        else expect(figures[name], name).toBeCloseTo(expected[name], 12)
      }
    })
  })

  test('is written down and read back', () => {
    expect(EvaluationRecord.parse(JSON.parse(JSON.stringify(evaluation)))).toEqual(evaluation)
    expect(evaluation).toMatchObject({ confusion: null, thresholds: Array(C).fill(0.5) })
  })
})

describe('what was written down', () => {
  const { scores, labels } = reference.cases[0]!
  const evaluation = evaluationOf(predictionsOf(scores, labels, 3), namesFor(scores))

  test('by another version, with more or fewer metrics and more fields, is read', () => {
    const { accuracy } = evaluation.metrics
    const other = { ...evaluation, metrics: { accuracy, unheardOf: 3 }, intervals: {}, more: true }
    expect(EvaluationRecord.parse(other).metrics).toEqual({ accuracy, unheardOf: 3 })
  })

  test.each([
    ['a label too few', { labels: ['label 0', 'label 1'] }],
    ['a row of the confusion matrix too few', { confusion: evaluation.confusion!.slice(1) }],
    ['a column too few', { confusion: evaluation.confusion!.map((row) => row.slice(1)) }],
    ['no examples', { examples: 0 }],
    ['a metric that is no number', { metrics: { accuracy: 'high' } }],
    ['a share above 1', { byLabel: evaluation.byLabel.map((figures) => ({ ...figures, recall: 1.5 })) }],
  ])('with %s is refused', (_, changes) => {
    expect(EvaluationRecord.safeParse({ ...evaluation, ...changes }).success).toBe(false)
  })
})
