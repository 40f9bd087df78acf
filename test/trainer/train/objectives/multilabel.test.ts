import { describe, expect, test } from 'vitest'
import { type float32, floatOutput } from '../../../../shared/tensor.ts'
import { stackFeeds } from '../../../../trainer/autodiff/mixed-batches.ts'
import { llama } from '../../../../trainer/import/architectures/llama.ts'
import { headValues } from '../../../../trainer/train/objectives/label-head.ts'
import { multilabel } from '../../../../trainer/train/objectives/multilabel.ts'
import { settingsFor } from '../../../../trainer/train/settings.ts'
import { expectGradients, gradientsOf, type Sketch } from '../../../fixtures/finite-differences.ts'

const H = 3
/** Rows of tasks that have so many labels, with those that each has. */
const rows = [
  { C: 4, right: [1, 3] },
  { C: 2, right: [] },
  { C: 4, right: [0] },
]
const C = 16 // rounded up
const settings = settingsFor({}, 1, llama.defaults)

interface Weighing {
  readonly labelSmoothing: number
  readonly labelWeights: Float32Array | null
}

const draw = (weighing: Weighing) => (s: Sketch) => {
  const { losses, learned } = multilabel.loss(settings).add(s.b, s.float(`B=${rows.length}`, 1, H))
  const number = () => Math.round(s.random() * 1024) / 512 - 1
  const heads = new Map([4, 2].map((C) => [C, headValues({ labelRows: Float32Array.from({ length: C * H }, number), bias: Float32Array.from({ length: C }, number) })])) // biome-ignore format: one thought
  const feeds = rows.flatMap(({ C, right }) => multilabel.feeds([{ inputIds: [], right }], heads.get(C)!, { ...settings, ...weighing }))
  for (const [name, tensor] of Object.entries(stackFeeds(feeds.map((feeds) => ({ inputIds: [], weight: 1, feeds }))))) {
    if (learned.includes(name)) s.feed(name, tensor as ReturnType<typeof float32>)
    else s.feeds[name] = tensor
  }
  return [losses]
}

describe.each([
  ['plain', { labelSmoothing: 0, labelWeights: null }],
  ['with label smoothing', { labelSmoothing: 0.2, labelWeights: null }],
  ['with weights', { labelSmoothing: 0, labelWeights: Float32Array.of(3, 0.5, 1, 2) }],
])('the loss of several labels, %s', (_, weighing) => {
  test("is the binary cross-entropy's mean over a task's own labels", async () => {
    const { forward, sketch } = await gradientsOf(draw(weighing), 5)
    const [hidden, labelRows, bias] = ['input0', 'label_rows', 'bias'].map((name) => floatOutput(sketch.feeds, name).data)
    const losses = floatOutput(await forward.run(sketch.feeds), 'losses').data
    rows.forEach(({ C: own, right }, b) => {
      let wanted = 0
      for (let c = 0; c < own; c++) {
        let score = bias![b * C + c]!
        for (let h = 0; h < H; h++) score += hidden![b * H + h]! * labelRows![(b * C + c) * H + h]!
        const target = right.includes(c) ? 1 - weighing.labelSmoothing / 2 : weighing.labelSmoothing / 2
        const there = target * (weighing.labelWeights?.[c] ?? 1)
        wanted += (there * Math.log1p(Math.exp(-score)) + (1 - target) * Math.log1p(Math.exp(score))) / own
      }
      expect(losses[b]).toBeCloseTo(wanted, 5)
    })
    await forward.release()
  })

  test('has the gradients of finite differences', () => expectGradients(draw(weighing), 6))
})

test('the z-loss, which has no meaning here, is refused', () => {
  expect(() => multilabel.loss({ ...settings, zLoss: 0.1 })).toThrow(/Cannot use --z-loss with several labels a text/)
})
