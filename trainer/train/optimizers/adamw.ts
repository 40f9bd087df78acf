import { zeroParameter } from '../parameters.ts'
import type { Optimizer } from './optimizer.ts'

const beta1 = 0.9
const beta2 = 0.999
const epsilon = 1e-8

/** Adam with decoupled weight decay. Loshchilov and Hutter 2019, algorithm 2. */
export const adamw: Optimizer = {
  state: (shape) => ({ mean: zeroParameter(shape), square: zeroParameter(shape) }),
  update(tf, step, value, gradient, { mean, square }, { learningRate, weightDecay }) {
    if (mean === undefined || square === undefined) throw new Error('AdamW has lost its state')
    const newMean = tf.add(tf.mul(mean, beta1), tf.mul(gradient, 1 - beta1))
    const newSquare = tf.add(tf.mul(square, beta2), tf.mul(tf.square(gradient), 1 - beta2))
    const unbiased = Math.sqrt(1 - beta2 ** step) / (1 - beta1 ** step)
    // ε stands beside the unbiased root, so it is scaled like the biased one
    const direction = tf.div(newMean, tf.add(tf.sqrt(newSquare), epsilon * Math.sqrt(1 - beta2 ** step)))
    const decayed = tf.mul(value, 1 - learningRate * weightDecay)
    return { value: tf.sub(decayed, tf.mul(direction, learningRate * unbiased)), state: { mean: newMean, square: newSquare } }
  },
}
