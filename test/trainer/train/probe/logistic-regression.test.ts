import { describe, expect, test } from 'vitest'
import { argmax, labelScores, softmax } from '../../../../shared/engine/scores.ts'
import type { LabelHead } from '../../../../shared/formats/prompt-package.ts'
import { oneLabelTargets } from '../../../../trainer/train/probe/labelled-features.ts'
import { logisticRegression } from '../../../../trainer/train/probe/logistic-regression.ts'
import stored from '../../../reference/logistic.json' with { type: 'json' }

const cases = stored.map(({ name, classes, width, unit, train, heldOut, fits }) => ({
  ...{ name, classes, width, fits },
  features: Float32Array.from(train.features, (value) => value * unit),
  labels: Int32Array.from(train.labels),
  heldOut: Float32Array.from(heldOut.features, (value) => value * unit),
}))
const [overlapping] = cases as [(typeof cases)[number]]

/** ‖W‖² / 2C + Σ −log softmax(W x + b)[label], in float64. */
function objectiveOf({ labelRows, bias }: LabelHead, { features, labels, width }: (typeof cases)[number], C: number): number {
  let sum = labelRows.reduce((squares, weight) => squares + weight ** 2, 0) / (2 * C)
  labels.forEach((label, n) => {
    const scores = labelScores(features.subarray(n * width, (n + 1) * width), { labelRows, bias })
    sum -= Math.log(softmax(scores)[label]!)
  })
  return sum
}

describe.each(cases)('$name, against scikit-learn', (data) => {
  const { features, labels, classes, width, heldOut } = data

  test.each(data.fits)('with a C of $C', async ({ C, labelRows, bias, objective, predictions }) => {
    const fit = await logisticRegression(features, oneLabelTargets(labels, classes), { C })
    const largest = Math.max(1, ...labelRows.map(Math.abs), ...bias.map(Math.abs))
    labelRows.forEach((value, i) => {
      expect(Math.abs(fit.labelRows[i]! - value) / largest, `label row element ${i}`).toBeLessThan(1e-3)
    })
    // nothing holds the bias but the rows near a border: where classes are far apart, its slope is lost in float32
    const biasBound = data.name === 'separable classes' && C === 100 ? 1e-2 : 1e-3
    bias.forEach((value, c) => {
      expect(Math.abs(fit.bias[c]! - value) / largest, `bias of class ${c}`).toBeLessThan(biasBound)
    })
    expect(Math.abs(fit.objective / objective - 1)).toBeLessThan(1e-4)
    expect(Math.abs(objectiveOf(fit, data, C) / objective - 1)).toBeLessThan(1e-4)
    const answers = predictions.map((_, n) => argmax(labelScores(heldOut.subarray(n * width, (n + 1) * width), fit)))
    expect(answers).toEqual(predictions)
  })

  test('begun at the fit at another C, it comes to the same in fewer iterations', async () => {
    const fit = await logisticRegression(features, oneLabelTargets(labels, classes), { C: 10 })
    const again = await logisticRegression(features, oneLabelTargets(labels, classes), { C: 10, start: fit })
    expect(again.iterations).toBeLessThan(fit.iterations / 2)
    const moved = await logisticRegression(features, oneLabelTargets(labels, classes), { C: 100, start: fit })
    expect(Math.abs(moved.objective / data.fits[2]!.objective - 1)).toBeLessThan(1e-4)
  })
})

test('at the minimum the objective has no slope, by finite differences', async () => {
  const { features, labels, classes } = overlapping
  const fit = await logisticRegression(features, oneLabelTargets(labels, classes), { C: 10 })
  const head = { labelRows: Float64Array.from(fit.labelRows), bias: Float64Array.from(fit.bias) }
  for (const values of [head.labelRows, head.bias]) {
    for (const [i, value] of values.entries()) {
      const at = (step: number) => {
        values[i] = value + step
        return objectiveOf(head as unknown as LabelHead, overlapping, 10)
      }
      const slope = (at(1e-3) - at(-1e-3)) / 2e-3
      values[i] = value
      expect(Math.abs(slope) / labels.length).toBeLessThan(1e-4)
    }
  }
})

test('the same input gives the same numbers', async () => {
  const { features, labels, classes } = overlapping
  const first = await logisticRegression(features, oneLabelTargets(labels, classes), { C: 10 })
  const second = await logisticRegression(features, oneLabelTargets(labels, classes), { C: 10 })
  expect(first).toEqual(second)
})

test('a class without examples is never the answer', async () => {
  const { features, labels, classes, width } = overlapping
  const fit = await logisticRegression(features, oneLabelTargets(labels, classes + 1), { C: 10 })
  expect(fit.bias[classes]).toBeLessThan(Math.min(...fit.bias.subarray(0, classes)))
  labels.forEach((_, n) => {
    expect(argmax(labelScores(features.subarray(n * width, (n + 1) * width), fit))).not.toBe(classes)
  })
})

test('leaves the features as they are', async () => {
  const { features, labels, classes } = overlapping
  const before = features.slice()
  await logisticRegression(features, oneLabelTargets(labels, classes), { C: 1 })
  expect(features).toEqual(before)
})

test.each([Number.NaN, Number.POSITIVE_INFINITY])('a feature that is %s is refused, and its row named', async (value) => {
  const { features, labels, classes, width } = overlapping
  const wrong = features.with(7 * width + 2, value)
  await expect(logisticRegression(wrong, oneLabelTargets(labels, classes), { C: 1 })).rejects.toMatchObject({
    code: 'invalid_data',
    message: expect.stringContaining(`feature 2 of row 8 of ${labels.length} is ${value}`),
  })
})

test.each([2 ** -40, 2 ** 40])('features of %f times the size want label rows of the inverse', async (factor) => {
  const { features, labels, classes } = overlapping
  const fit = await logisticRegression(features, oneLabelTargets(labels, classes), { C: 1 })
  const scaled = features.map((value) => value * factor)
  const other = await logisticRegression(scaled, oneLabelTargets(labels, classes), { C: factor ** -2 })
  expect(other).toEqual({ ...fit, labelRows: fit.labelRows.map((weight) => weight / factor) })
})

describe('a signal', () => {
  const { features, labels, classes } = overlapping

  test('that has aborted lets nothing begin', async () => {
    await expect(
      logisticRegression(features, oneLabelTargets(labels, classes), { C: 1, signal: AbortSignal.abort() }),
    ).rejects.toMatchObject({
      code: 'interrupted',
      message: 'Stopped after 0 iterations of fitting a probe.',
    })
  })

  test('ends a search between two iterations', async () => {
    let looks = 0
    const signal = Object.defineProperty(new AbortController().signal, 'aborted', { get: () => ++looks > 4 })
    await expect(logisticRegression(features, oneLabelTargets(labels, classes), { C: 1, signal })).rejects.toMatchObject({
      code: 'interrupted',
      message: 'Stopped after 3 iterations of fitting a probe.',
    })
  })
})

test('where texts may have several labels each is fitted by itself, as scikit-learn fits two classes', async () => {
  const { features, labels } = overlapping
  const N = labels.length
  const wanted = new Float32Array(2 * N)
  labels.forEach((label, n) => {
    if (label === 0) wanted[2 * n] = 1
    if (label !== 1) wanted[2 * n + 1] = 1 // two labels that overlap
  })
  const several = await logisticRegression(features, { rows: N, classes: 2, wanted, unwanted: wanted.map((value) => 1 - value) }, { C: 2 })
  const H = features.length / N
  for (const c of [0, 1]) {
    const alone = await logisticRegression(
      features,
      oneLabelTargets(
        labels.map((_, n) => wanted[2 * n + c]!),
        2,
      ),
      { C: 1 },
    )
    for (let h = 0; h < H; h++) expect(several.labelRows[c * H + h]).toBeCloseTo(alone.labelRows[H + h]! - alone.labelRows[h]!, 2)
    expect(several.bias[c]).toBeCloseTo(alone.bias[1]! - alone.bias[0]!, 2)
  }
})
