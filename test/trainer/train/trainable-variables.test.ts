import { expect, test } from 'vitest'
import { loadTensorFlow } from '../../../trainer/tensorflow.ts'
import type { Optimizer } from '../../../trainer/train/optimizers/optimizer.ts'
import { zeroParameter } from '../../../trainer/train/parameters.ts'
import { TrainableVariables } from '../../../trainer/train/trainable-variables.ts'

/** Counts its steps, and moves by the learning rate. */
const counting: Optimizer = {
  state: () => ({ steps: zeroParameter([1]) }),
  update: (tf, _step, value, gradient, { steps }, { learningRate }) => ({
    value: tf.sub(value, tf.mul(gradient, learningRate)),
    state: { steps: tf.add(steps!, 1) },
  }),
}

const start = { a: { shape: [2], data: Float32Array.of(1, 2) }, b: { shape: [1, 1], data: Float32Array.of(3) } }

test('each variable moves at its own rate and has its own state; without a gradient it stays', async () => {
  const { tf } = await loadTensorFlow()
  const trainable = new TrainableVariables(tf, counting, start)
  const settings = (variable: string) => ({ learningRate: variable === 'a' ? 0.5 : 2, weightDecay: 0 })
  trainable.step(1, { a: tf.ones([2]), b: tf.ones([1, 1]) }, settings)
  trainable.step(2, { a: tf.ones([2]) }, settings)
  expect(trainable.parameters()).toEqual({ a: { shape: [2], data: Float32Array.of(0, 1) }, b: { shape: [1, 1], data: Float32Array.of(1) } })
  expect(trainable.state()).toEqual({
    'a.steps': { shape: [1], data: Float32Array.of(2) },
    'b.steps': { shape: [1], data: Float32Array.of(1) },
  })
  trainable.dispose()
})

test('what was given stays as it is, and nothing is left when it is disposed of', async () => {
  const { tf } = await loadTensorFlow()
  const gradient = tf.ones([2])
  const before = tf.memory().numTensors
  const trainable = new TrainableVariables(tf, counting, start)
  trainable.step(1, { a: gradient }, () => ({ learningRate: 1, weightDecay: 0 }))
  trainable.dispose()
  expect(tf.memory().numTensors).toBe(before)
  expect(start.a.data).toEqual(Float32Array.of(1, 2))
  gradient.dispose()
})
