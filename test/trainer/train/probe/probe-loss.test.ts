import { expect, test } from 'vitest'
import { labelScores, softmax } from '../../../../shared/engine/scores.ts'
import { seededRandom } from '../../../../trainer/random.ts'
import { oneLabelTargets } from '../../../../trainer/train/probe/labelled-features.ts'
import { openProbeLoss } from '../../../../trainer/train/probe/probe-loss.ts'

const [N, H, C] = [7, 4, 3]
const random = seededRandom(5)
const numbers = (count: number) => Float32Array.from({ length: count }, () => Math.round((random() - 0.5) * 3 * 1024) / 1024)
const features = numbers(N * H)
const labels = Int32Array.from({ length: N }, (_, n) => n % C)
const head = { labelRows: numbers(C * H), bias: numbers(C) }

/** Σ −log softmax(W x + b)[label], in float64. */
function lossOf(): number {
  return labels.reduce((sum, label, n) => {
    const scores = labelScores(features.subarray(n * H, (n + 1) * H), head)
    return sum - Math.log(softmax(scores)[label]!)
  }, 0)
}

test('gives the loss summed over the rows, and its gradients, by finite differences', async () => {
  const session = await openProbeLoss(features, oneLabelTargets(labels, C))
  const { loss, gradient } = await session.at(head)
  expect(loss).toBeCloseTo(lossOf(), 5)
  for (const [values, given] of [
    [head.labelRows, gradient.labelRows],
    [head.bias, gradient.bias],
  ] as const) {
    expect(given).toHaveLength(values.length)
    values.forEach((value, i) => {
      const at = (step: number) => {
        values[i] = value + step
        return lossOf()
      }
      const slope = (at(1 / 1024) - at(-1 / 1024)) * 512
      values[i] = value
      expect(given[i]).toBeCloseTo(slope, 4)
    })
  }
  await session.release()
})
