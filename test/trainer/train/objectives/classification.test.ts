import { describe, expect, test } from 'vitest'
import { float32, floatOutput, int64 } from '../../../../shared/tensor.ts'
import { classification } from '../../../../trainer/train/objectives/classification.ts'
import { expectGradients, gradientsOf, type Sketch } from '../../../fixtures/finite-differences.ts'

const [B, C, H] = [3, 4, 5]

/** The loss of B answers against C label rows. */
const draw = (options: Parameters<typeof classification.loss>[0]) => (s: Sketch) => {
  const { loss } = classification.loss(options).add(s.b, s.float(`B=${B}`, 1, H))
  s.feed(
    'label_rows',
    float32(
      [C, H],
      Float32Array.from({ length: C * H }, () => Math.round(s.random() * 1024) / 512 - 1),
    ),
  )
  s.feed('bias', float32([C], Float32Array.of(0.5, -0.25, 1, -1)))
  s.feeds.labels = int64([B], BigInt64Array.of(2n, 0n, 3n))
  return [loss]
}

describe.each([
  ['plain', { labelSmoothing: 0, zLoss: 0 }],
  ['with label smoothing', { labelSmoothing: 0.1, zLoss: 0 }],
  ['with z-loss', { labelSmoothing: 0, zLoss: 0.2 }],
  ['with both', { labelSmoothing: 0.3, zLoss: 0.05 }],
])('the classification loss, %s', (_, options) => {
  test("is the formula's", async () => {
    const { forward, sketch } = await gradientsOf(draw(options), 5)
    const hidden = floatOutput(sketch.feeds, 'input0').data
    const labelRows = floatOutput(sketch.feeds, 'label_rows').data
    const bias = floatOutput(sketch.feeds, 'bias').data
    const losses = [2, 0, 3].map((label, b) => {
      const scores = Array.from({ length: C }, (_, c) => {
        let score = bias[c]!
        for (let h = 0; h < H; h++) score += hidden[b * H + h]! * labelRows[c * H + h]!
        return score
      })
      const logSum = Math.log(scores.reduce((sum, score) => sum + Math.exp(score), 0))
      const target = (c: number) => (c === label ? 1 - options.labelSmoothing : 0) + options.labelSmoothing / C
      return scores.reduce((sum, score, c) => sum - target(c) * (score - logSum), 0) + options.zLoss * logSum ** 2
    })
    const outputs = await forward.run(sketch.feeds)
    expect(floatOutput(outputs, 'loss').dims).toEqual([])
    expect(floatOutput(outputs, 'loss').data[0]).toBeCloseTo(losses.reduce((sum, loss) => sum + loss) / B, 5)
    await forward.release()
  })

  test('has the gradients of finite differences', () => expectGradients(draw(options), 6))
})
