import { describe, expect, test } from 'vitest'
import { type float32, floatOutput } from '../../../../shared/tensor.ts'
import { stackFeeds } from '../../../../trainer/autodiff/mixed-batches.ts'
import { classification } from '../../../../trainer/train/objectives/classification.ts'
import { headValues } from '../../../../trainer/train/objectives/label-head.ts'
import { expectGradients, gradientsOf, type Sketch } from '../../../fixtures/finite-differences.ts'

const H = 5
/** Rows of two tasks, of 4 labels and of 2. */
const rows = [
  { C: 4, label: 2 },
  { C: 2, label: 0 },
  { C: 4, label: 3 },
]
const C = 16 // rounded up

type Settings = { labelSmoothing: number; zLoss: number }

/** The losses of answers against the label rows of their tasks. */
const draw = (settings: Settings) => (s: Sketch) => {
  const { losses, learned } = classification.loss(settings).add(s.b, s.float(`B=${rows.length}`, 1, H))
  const number = () => Math.round(s.random() * 1024) / 512 - 1
  const heads = new Map([4, 2].map((C) => [C, headValues({ labelRows: Float32Array.from({ length: C * H }, number), bias: Float32Array.from({ length: C }, number) })])) // biome-ignore format: one thought
  const feeds = rows.flatMap(({ C, label }) => classification.feeds([{ inputIds: [], right: label }], heads.get(C)!, settings))
  for (const [name, tensor] of Object.entries(stackFeeds(feeds.map((feeds) => ({ inputIds: [], weight: 1, feeds }))))) {
    if (learned.includes(name)) s.feed(name, tensor as ReturnType<typeof float32>)
    else s.feeds[name] = tensor
  }
  return [losses]
}

describe.each([
  ['plain', { labelSmoothing: 0, zLoss: 0 }],
  ['with label smoothing', { labelSmoothing: 0.1, zLoss: 0 }],
  ['with z-loss', { labelSmoothing: 0, zLoss: 0.2 }],
  ['with both', { labelSmoothing: 0.3, zLoss: 0.05 }],
])('the classification loss, %s', (_, settings) => {
  test("is the formula's, over a task's own labels", async () => {
    const { forward, sketch } = await gradientsOf(draw(settings), 5)
    const hidden = floatOutput(sketch.feeds, 'input0').data
    const labelRows = floatOutput(sketch.feeds, 'label_rows').data
    const bias = floatOutput(sketch.feeds, 'bias').data
    const wanted = rows.map(({ C: own, label }, b) => {
      const scores = Array.from({ length: own }, (_, c) => {
        let score = bias[b * C + c]!
        for (let h = 0; h < H; h++) score += hidden[b * H + h]! * labelRows[(b * C + c) * H + h]!
        return score
      })
      const logSum = Math.log(scores.reduce((sum, score) => sum + Math.exp(score), 0))
      const target = (c: number) => (c === label ? 1 - settings.labelSmoothing : 0) + settings.labelSmoothing / own
      return scores.reduce((sum, score, c) => sum - target(c) * (score - logSum), 0) + settings.zLoss * logSum ** 2
    })
    const losses = floatOutput(await forward.run(sketch.feeds), 'losses')
    expect(losses.dims).toEqual([rows.length])
    wanted.forEach((loss, b) => {
      expect(losses.data[b]).toBeCloseTo(loss, 5)
    })
    await forward.release()
  })

  test('has the gradients of finite differences', () => expectGradients(draw(settings), 6))
})
