import { describe, expect, test } from 'vitest'
import { namesOf } from '../../../../shared/names-of.ts'
import { loadTensorFlow } from '../../../../trainer/tensorflow.ts'
import * as optimizers from '../../../../trainer/train/optimizers/table.ts'
import { TrainableVariables } from '../../../../trainer/train/trainable-variables.ts'
import stored from '../../../reference/optimizers.json' with { type: 'json' }

interface Case {
  shape: number[]
  weightDecay: number
  rates: number[]
  start: number[]
  gradients: number[][]
  values: number[][]
}

const names = namesOf(optimizers)
const cases = names.flatMap((name) =>
  (stored as Record<keyof typeof optimizers, Case[]>)[name].map((record) => ({ name, record, shape: record.shape })),
)

describe('against PyTorch', () => {
  test.each(cases)('$name moves a variable of shape $shape as it does there', async ({ name, record }) => {
    const { tf } = await loadTensorFlow()
    const trainable = new TrainableVariables(tf, optimizers[name], { v: { shape: record.shape, data: Float32Array.from(record.start) } })
    record.gradients.forEach((gradient, i) => {
      const settings = { learningRate: record.rates[i]!, weightDecay: record.weightDecay }
      trainable.step(i + 1, { v: tf.tensor(gradient, record.shape) }, () => settings)
      const moved = trainable.parameters().v!.data
      for (const [j, value] of record.values[i]!.entries()) expect(moved[j]).toBeCloseTo(value, 5)
    })
    trainable.dispose()
  })
})

test.each(cases)('$name goes on with a variable of shape $shape from its saved state to the same bits', async ({ name, record }) => {
  const { tf } = await loadTensorFlow()
  const start = { v: { shape: record.shape, data: Float32Array.from(record.start) } }
  const step = (trainable: TrainableVariables, i: number) => {
    const gradient = record.gradients[i % record.gradients.length]!
    trainable.step(i + 1, { v: tf.tensor(gradient, record.shape) }, () => ({ learningRate: 0.1, weightDecay: 0.01 }))
  }

  const whole = new TrainableVariables(tf, optimizers[name], start)
  for (let i = 0; i < 6; i++) step(whole, i)

  const first = new TrainableVariables(tf, optimizers[name], start)
  for (let i = 0; i < 3; i++) step(first, i)
  const second = new TrainableVariables(tf, optimizers[name], first.parameters(), first.state())
  for (let i = 3; i < 6; i++) step(second, i)

  expect(second.parameters()).not.toEqual(first.parameters())
  expect(second.parameters()).toEqual(whole.parameters())
  expect(second.state()).toEqual(whole.state())
})

test.each(names)('%s leaves no tensor behind a step', async (name) => {
  const { tf } = await loadTensorFlow()
  const trainable = new TrainableVariables(tf, optimizers[name], { v: { shape: [3, 4], data: new Float32Array(12).fill(1) } })
  const gradient = tf.ones([3, 4])
  const before = tf.memory().numTensors
  trainable.step(1, { v: gradient }, () => ({ learningRate: 0.1, weightDecay: 0 }))
  expect(tf.memory().numTensors).toBe(before)
  gradient.dispose()
  trainable.dispose()
})

test.each(names)('%s makes a variable smaller by weight decay alone', async (name) => {
  const { tf } = await loadTensorFlow()
  const trainable = new TrainableVariables(tf, optimizers[name], { v: { shape: [2, 2], data: new Float32Array(4).fill(1) } })
  trainable.step(1, { v: tf.zeros([2, 2]) }, () => ({ learningRate: 0.5, weightDecay: 0.5 }))
  expect(trainable.parameters().v!.data).toEqual(new Float32Array(4).fill(0.75))
  trainable.dispose()
})
