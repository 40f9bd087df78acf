import { describe, expect, test } from 'vitest'
import { criteriaBy } from '../../../../trainer/evaluate/better.ts'
import { metricsOf } from '../../../../trainer/evaluate/metrics.ts'
import { seededRandom } from '../../../../trainer/random.ts'
import { fitProbe } from '../../../../trainer/train/probe/fit-probe.ts'
import { type LabelledFeatures, oneLabelTargets, rowsOf } from '../../../../trainer/train/probe/labelled-features.ts'
import { logisticRegression } from '../../../../trainer/train/probe/logistic-regression.ts'

const [H, classes] = [6, 3]

interface Labelled extends LabelledFeatures {
  readonly labels: readonly number[]
}

/** The probe of rows that is best on others. */
function probeOf(train: Labelled, dev: Labelled, signal?: AbortSignal) {
  const measure = (scores: readonly Float64Array[]) => metricsOf(scores, dev.labels, classes)
  return fitProbe(train, rowsOf(dev.features, dev.labels.length), { measure, criteria: criteriaBy('accuracy') }, signal)
}

/** Rows around one of three corners, `noise` wide, of which every `wrong`th has another's label. */
function rows(N: number, noise: number, wrong: number, seed: number): Labelled {
  const random = seededRandom(seed)
  const features = Float32Array.from({ length: N * H }, (_, i) => {
    const corner = Math.floor(i / H) % classes
    return (i % H === corner ? 1 : 0) + noise * (random() - 0.5)
  })
  const labels = Array.from({ length: N }, (_, n) => (n % wrong === 0 ? n + 1 : n) % classes)
  return { features, labels, targets: oneLabelTargets(labels, classes) }
}

describe('the best C on dev', () => {
  test('is the smallest of those that answer right and loosest where the labels are sure', async () => {
    const probe = await probeOf(rows(90, 0.2, 91, 1), rows(30, 0.2, 31, 2))
    expect(probe).toMatchObject({ C: 100, metrics: { accuracy: expect.closeTo(29 / 30) } })
  })

  test('is a small one where the labels are noise in part', async () => {
    expect((await probeOf(rows(30, 2, 3, 1), rows(300, 2, 300, 2))).C).toBe(1)
  })

  test('is the one with the highest accuracy, then the lowest loss, and comes with its fit', async () => {
    const [train, dev] = [rows(60, 2.5, 7, 3), rows(100, 2.5, 101, 4)]
    const probe = await probeOf(train, dev)
    const alone = await logisticRegression(train.features, train.targets, { C: probe.C })
    probe.labelRows.forEach((value, i) => {
      expect(value).toBeCloseTo(alone.labelRows[i]!, 2)
    })
    expect(probe.bias).toHaveLength(classes)
    expect(probe.metrics.confusion!.flat().reduce((a, b) => a + b)).toBe(100)
  })

  test('is the smallest where all do the same', async () => {
    const labels = [0, 1, 2, 0, 1, 2, 0, 1, 2]
    const nothing = { features: new Float32Array(9 * H), labels, targets: oneLabelTargets(labels, classes) }
    expect(await probeOf(nothing, nothing)).toMatchObject({ C: 1, bias: new Float32Array(classes) })
  })
})

test('a feature of dev that is not a number is refused', async () => {
  const dev = rows(10, 1, 11, 2)
  await expect(probeOf(rows(30, 1, 31, 1), { ...dev, features: dev.features.with(H, Number.NaN) })).rejects.toMatchObject({
    code: 'invalid_data',
    message: expect.stringContaining('row 2 of 10'),
  })
})

test('stops when its signal aborts', async () => {
  await expect(probeOf(rows(30, 1, 31, 1), rows(10, 1, 11, 2), AbortSignal.abort())).rejects.toMatchObject({
    code: 'interrupted',
  })
})
