import { describe, expect, test } from 'vitest'
import { metricsOf, valuesOf } from '../../../../trainer/evaluate/metrics.ts'
import { verdict } from '../../../../trainer/evaluate/report/verdict.ts'
import { halves } from '../../../fixtures/softmax-reading.ts'

/** Metrics of answers that make this confusion matrix. */
function metricsFor(confusion: number[][]) {
  const rows = confusion.flatMap((row, label) => row.flatMap((count, answer) => Array.from({ length: count }, () => ({ label, answer }))))
  const scores = rows.map(({ answer }) => confusion.map((_, c) => (c === answer ? 1 : 0)))
  return metricsOf(scores, rows.map(({ label }) => label), confusion.length) // biome-ignore format: one call
}

const perfect = metricsFor([[20, 0, 0], [0, 20, 0], [0, 0, 20]]) // biome-ignore format: a matrix
const baseline = (value: number) => ({ ...valuesOf(perfect), accuracy: value, microF1: value, macroF1: value - 0.1 })

const usual = {
  labels: ['billing', 'refund', 'bug'],
  learnedFrom: [100, 100, 100],
  metrics: perfect,
  baselines: { zeroShot: baseline(0.5), probe: baseline(0.8) },
  overProbe: { metric: 'accuracy' as const, difference: 0.2, low: 0.1, high: 0.3 },
  overZeroShot: { metric: 'accuracy' as const, difference: 0.5, low: 0.4, high: 0.6 },
  abstaining: null,
  ...{ method: 'prefix', steps: 100, stillImproving: false },
}
const matrix = (confusion: number[][]) => ({ ...usual, metrics: metricsFor(confusion) })

test('how good it is comes first, beside what else there is', () => {
  const [first, second, third] = verdict(usual)
  expect(first).toMatch(
    /^On dev: accuracy 1\.000 .*linear probe 0\.800 .*zero-shot 0\.500 .* The soft prompt beats the linear probe by 20\.0 points/,
  )
  expect(second).toBe('No label is taken for another on dev.')
  expect(third).toBe('Nothing stands out to be mended: measure it on test, and publish it.')
})

test('the probe stands beside a prompt, and not beside itself where it is all that was learned', () => {
  const alone = { ...usual, method: 'probe', overProbe: null, overZeroShot: { ...usual.overZeroShot, metric: 'macroF1' as const } }
  expect(verdict(alone)[0]).toMatch(/^On dev: accuracy 1\.000 .* It was chosen by macro-F1: 1\.000, zero-shot 0\.400\.$/)
  expect(verdict(alone)[0]).not.toContain('linear probe')
  expect(verdict({ ...usual, method: 'probe' })[0]).toContain('linear probe 0.800')
})

test('where another figure chose the best step, it is held against the others by that', () => {
  const by = { metric: 'macroF1' as const, difference: 0.2, low: 0.1, high: 0.3 }
  expect(verdict({ ...usual, overProbe: by, overZeroShot: by })[0]).toMatch(
    / It was chosen by macro-F1: 1\.000, linear probe 0\.700, zero-shot 0\.400\. The soft prompt beats the linear probe by 20\.0 points of macro-F1 /,
  )
  expect(verdict(usual)[0]).not.toContain('chose')
})

test('then what is taken for what, most often first', () => {
  const [, second] = verdict(matrix([[14, 5, 1], [2, 18, 0], [1, 1, 18]])) // biome-ignore format: a matrix
  expect(second).toBe(
    'Taken for another on dev: "billing" for "refund" (5 of 20), "refund" for "billing" (2 of 20), "billing" for "bug" (1 of 20), and 2 other pairs.',
  )
})

describe('then what to try next:', () => {
  const advice = (learned: Parameters<typeof verdict>[0]) => verdict(learned)[2]

  test('another learning rate where nothing was learned', () => {
    expect(advice(matrix([[20, 0, 0], [20, 0, 0], [20, 0, 0]]))).toMatch(/no better than the most frequent label/) // biome-ignore format: a matrix
  })

  test('not where accuracy is not what counts, and more than one label is given', () => {
    const rare = matrix([[80, 20, 0], [0, 5, 0], [0, 0, 3]]) // biome-ignore format: a matrix
    const by = { ...usual.overZeroShot, metric: 'macroF1' as const }
    expect(advice(rare)).toMatch(/no better than the most frequent label/)
    expect(advice({ ...rare, overZeroShot: by })).not.toMatch(/no better than the most frequent label/)
    expect(advice({ ...matrix([[20, 0, 0], [20, 0, 0], [20, 0, 0]]), overZeroShot: by })).toMatch(/no better than the most frequent label/) // biome-ignore format: a matrix
  })

  test('that the model does better without it', () => {
    const behind = { ...usual, overZeroShot: { ...usual.overZeroShot, difference: -0.1, low: -0.2, high: -0.05 } }
    expect(verdict(behind)[0]).toMatch(/ Zero-shot, the model without a prompt, beats it by 10\.0 points of accuracy \(95 % interval 5\.0 to 20\.0\)\.$/) // biome-ignore format: one call
    expect(advice(behind)).toMatch(/^The model does better without it, so do not publish it yet/)
    const even = { ...usual, overZeroShot: { ...usual.overZeroShot, difference: 0.1, low: 0, high: 0.2 } }
    expect(verdict(even)[0]).toMatch(/ It does not beat zero-shot, the model without a prompt, by more than chance: 10\.0 points/)
    expect(verdict(usual)[0]).not.toMatch(/zero-shot, the model without/i)
  })

  test('more steps where the last was the best', () => {
    expect(advice({ ...usual, stillImproving: true })).toBe(
      'Dev was still improving at the last step: try more steps, such as --steps 200.',
    )
    expect(advice({ ...usual, method: 'probe', stillImproving: true })).toMatch(
      /^The linear probe is what is packaged, but the prompt was still improving at the last step: try more steps/,
    )
  })

  test('more examples of a label that is found too seldom or given too often, and has few', () => {
    const weak = matrix([[20, 0, 0], [9, 11, 0], [0, 0, 20]]) // biome-ignore format: a matrix
    expect(advice({ ...weak, learnedFrom: [100, 12, 100] })).toBe(
      'More examples of "refund" would help most: it was learned from 12. On dev 11 of its 20 examples are found, and it is given 11 times, 11 rightly.',
    )
    expect(advice(weak)).toMatch(/^Much of what is wrong is "refund" taken for "billing"/)
    const given = matrix([[20, 0, 0], [8, 100, 0], [8, 0, 100]]) // biome-ignore format: a matrix
    expect(advice({ ...given, learnedFrom: [12, 100, 100] })).toBe(
      'More examples of "billing" would help most: it was learned from 12. On dev 20 of its 20 examples are found, and it is given 36 times, 20 rightly.',
    )
  })

  test('a look at a label that is given too often, though it was learned from enough', () => {
    const sets = Array.from({ length: 20 }, (_, n) => [n % 2])
    const often = metricsOf(sets.map(([c]) => [1, Number(c === 1)]), sets, 2, halves) // biome-ignore format: one call
    expect(advice({ ...usual, metrics: often })).toBe(
      'The weakest label is "billing": see whether its examples are labelled alike, or name it by another word with --verbalizers. On dev 10 of its 10 examples are found, and it is given 20 times, 10 rightly.',
    )
  })

  test('nothing where each label is told well', () => {
    expect(advice(usual)).toMatch(/^Nothing stands out/)
  })

  test('the probe where the prompt is no better by more than chance', () => {
    const even = { ...matrix([[19, 1, 0], [0, 20, 0], [0, 1, 19]]), overProbe: { ...usual.overProbe, difference: 0.01, low: -0.02, high: 0.04 } } // biome-ignore format: a matrix
    expect(advice(even)).toMatch(/--method probe may be all that this task needs/)
    expect(advice({ ...even, method: 'probe' })).toMatch(
      /The linear probe is what is packaged: for this task the prompt added nothing on dev/,
    )
    expect(advice({ ...even, overProbe: null, method: 'probe' })).not.toMatch(/prompt added nothing/) // none was learned
  })
})

test('labels are shown as text, whatever they hold', () => {
  const [, second] = verdict({ ...matrix([[3, 3, 0], [0, 6, 0], [0, 0, 6]]), labels: ['\u001b[2J', 'b', 'c'] }) // biome-ignore format: a matrix
  expect(second).not.toContain('\u001b')
})

test('what thresholds come to is said', () => {
  expect(verdict({ ...usual, abstaining: { coverage: 0.8, accuracy: 0.96 } })[0]).toMatch(
    /80\.0 % of dev are answered, of which 96\.0 % are right; the others get null\.$/,
  )
  expect(verdict({ ...usual, abstaining: { coverage: 0, accuracy: null } })[0]).toMatch(
    /0\.0 % of dev are answered: every text gets null\.$/,
  )
})

describe('of several labels a text', () => {
  const sets = [[0], [0, 1], [1], [], [0, 2]]
  const answered = (probabilities: number[][]) => verdict({ ...usual, metrics: metricsOf(probabilities, sets, 3, halves) })

  test('micro-F1 is told beside the share of texts that are all right', () => {
    const [first, second] = answered([[1, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 0], [1, 1, 0]]) // biome-ignore format: a matrix
    expect(first).toMatch(/accuracy 0\.600 .* micro-F1 0\.727, linear probe 0\.800, zero-shot 0\.500\./)
    expect(second).toBe('On dev: missed most often "refund" (1 of 2), "bug" (1 of 1); given without being there "refund" (1 of 2).')
  })

  test('that nothing is missed is told', () => {
    expect(answered([[1, 0, 0], [1, 1, 0], [0, 1, 0], [0, 0, 0], [1, 0, 1]])[1]).toMatch(/^Every label is found on dev/) // biome-ignore format: a matrix
  })
})
