import type { Tensor, TensorFlow } from '../../tensorflow.ts'
import { type Parameters, zeroParameter } from '../parameters.ts'
import type { Optimizer } from './optimizer.ts'

const epsilon = 1e-30
const clipThreshold = 1
const decayExponent = 0.8

/**
 * Adafactor as prompt tuning uses it: second moments factored over the last two axes, updates clipped by their root mean
 * square, no first moment, no scaling by the parameter. Shazeer and Stern 2018, algorithm 4; Lester et al. 2021, appendix.
 */
export const adafactor: Optimizer = {
  state(shape): Parameters {
    if (shape.length < 2) return { square: zeroParameter(shape) }
    return { rows: zeroParameter(shape.slice(0, -1)), columns: zeroParameter([...shape.slice(0, -2), shape.at(-1) as number]) }
  },
  update(tf, step, value, gradient, state, { learningRate, weightDecay }) {
    const beta = 1 - step ** -decayExponent
    const squared = tf.add(tf.square(gradient), epsilon)
    const moved = (old: Tensor, now: Tensor) => tf.add(tf.mul(old, beta), tf.mul(now, 1 - beta))
    const next: Record<string, Tensor> = {}
    let direction: Tensor
    if (state.rows !== undefined && state.columns !== undefined) {
      next.rows = moved(state.rows, tf.mean(squared, -1))
      next.columns = moved(state.columns, tf.mean(squared, -2))
      const rowFactor = tf.div(next.rows, tf.mean(next.rows, -1, true)) // [.., rows]
      direction = tf.div(gradient, tf.sqrt(tf.mul(tf.expandDims(rowFactor, -1), tf.expandDims(next.columns, -2))))
    } else {
      next.square = moved(state.square as Tensor, squared)
      direction = tf.div(gradient, tf.sqrt(next.square))
    }
    const clip = tf.maximum(tf.div(rootMeanSquare(tf, direction), clipThreshold), 1)
    const decayed = tf.mul(value, 1 - learningRate * weightDecay)
    return { value: tf.sub(decayed, tf.mul(tf.div(direction, clip), learningRate)), state: next }
  },
}

function rootMeanSquare(tf: TensorFlow, value: Tensor): Tensor {
  return tf.sqrt(tf.mean(tf.square(value)))
}
