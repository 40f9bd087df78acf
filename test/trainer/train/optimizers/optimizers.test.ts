import { describe, expect, test } from 'vitest'
import { loadTensorFlow } from '../../../../trainer/tensorflow.ts'
import { Optimizer, type OptimizerName, optimizerNames } from '../../../../trainer/train/optimizers/optimizers.ts'
import stored from '../../../reference/optimizers.json' with { type: 'json' }

interface Case {
  shape: number[]
  weightDecay: number
  rates: number[]
  start: number[]
  gradients: number[][]
  values: number[][]
}

const cases = optimizerNames.flatMap((name) =>
  (stored as Record<OptimizerName, Case[]>)[name].map((record) => ({ name, record, shape: record.shape })),
)

describe('against PyTorch', () => {
  test.each(cases)('$name moves a variable of shape $shape as it does there', async ({ name, record }) => {
    const { tf } = await loadTensorFlow()
    const optimizer = new Optimizer(tf, name, { v: { shape: record.shape, data: Float32Array.from(record.start) } })
    record.gradients.forEach((gradient, i) => {
      const settings = { learningRate: record.rates[i]!, weightDecay: record.weightDecay }
      optimizer.step(i + 1, { v: tf.tensor(gradient, record.shape) }, () => settings)
      const moved = optimizer.parameters().v!.data
      for (const [j, value] of record.values[i]!.entries()) expect(moved[j]).toBeCloseTo(value, 5)
    })
    optimizer.dispose()
  })
})

test.each(optimizerNames)('%s goes on from its saved state to the same bits', async (name) => {
  const { tf } = await loadTensorFlow()
  const { record } = cases.find((candidate) => candidate.name === name)!
  const start = { v: { shape: record.shape, data: Float32Array.from(record.start) } }
  const step = (optimizer: Optimizer, i: number) =>
    optimizer.step(i + 1, { v: tf.tensor(record.gradients[i]!, record.shape) }, () => ({ learningRate: 0.1, weightDecay: 0.01 }))

  const whole = new Optimizer(tf, name, start)
  for (let i = 0; i < 6; i++) step(whole, i)

  const first = new Optimizer(tf, name, start)
  for (let i = 0; i < 3; i++) step(first, i)
  const second = new Optimizer(tf, name, first.parameters(), first.state())
  for (let i = 3; i < 6; i++) step(second, i)

  expect(second.parameters()).toEqual(whole.parameters())
  expect(second.state()).toEqual(whole.state())
})

test('no tensor is left behind by a step', async () => {
  const { tf } = await loadTensorFlow()
  for (const name of optimizerNames) {
    const optimizer = new Optimizer(tf, name, { v: { shape: [3, 4], data: new Float32Array(12).fill(1) } })
    const gradient = tf.ones([3, 4])
    const before = tf.memory().numTensors
    optimizer.step(1, { v: gradient }, () => ({ learningRate: 0.1, weightDecay: 0 }))
    expect(tf.memory().numTensors).toBe(before)
    gradient.dispose()
    optimizer.dispose()
  }
})
