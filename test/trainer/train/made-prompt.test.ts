import { describe, expect, test } from 'vitest'
import { promptValues } from '../../../shared/formats/peft.ts'
import { float32 } from '../../../shared/tensor.ts'
import { loadTensorFlow } from '../../../trainer/tensorflow.ts'
import { madeOf, pullThrough } from '../../../trainer/train/made-prompt.ts'
import type { Method } from '../../../trainer/train/methods/method.ts'
import { prefix } from '../../../trainer/train/methods/prefix.ts'
import { prompt } from '../../../trainer/train/methods/prompt.ts'

const { tf } = await loadTensorFlow()

/** A table of directions [P, H] times a factor a row [P, 1]. */
const scaled: Method = {
  about: 'a test',
  empty: false,
  kind: 'table',
  variables: async () => ({}),
  combine: ({ directions, factors }, { mul }) => mul(directions!, factors!),
}
const directions = { shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) }
const factors = { shape: [2, 1], data: Float32Array.of(10, -1) }

describe('what a method makes', () => {
  test('of its variables has its own numbers, whatever else is learned along', () => {
    const rows = { shape: [2, 3], data: new Float32Array(6) }
    const made = madeOf(tf, scaled, { directions, factors, label_rows: rows })
    expect(made).toEqual({ kind: 'table', table: float32([2, 3], Float32Array.of(10, 20, 30, -4, -5, -6)) })
    const same = madeOf(tf, prompt, { prompt_embeddings: directions })
    promptValues(same).fill(0)
    expect(directions.data).toEqual(Float32Array.of(1, 2, 3, 4, 5, 6))
  })

  test('is stored as a table or a prefix, by its kind', () => {
    expect(madeOf(tf, prompt, { prompt_embeddings: directions })).toEqual({ kind: 'table', table: float32([2, 3], directions.data) })
    const { dims: shape, data } = float32([4, 1, 5, 2])
    const made = madeOf(tf, prefix, { key_values: { shape, data } })
    expect(made).toEqual({ kind: 'prefix', prefix: { length: 5, keyValues: data } })
  })

  test('passes its gradient on to each variable', () => {
    const variables = {
      directions: tf.variable(tf.tensor(directions.data, [2, 3])),
      factors: tf.variable(tf.tensor(factors.data, [2, 1])),
    }
    const gradients = pullThrough(tf, scaled, variables, Float32Array.of(1, 0, 2, 1, 1, 1))
    expect(Array.from(gradients.directions!.dataSync())).toEqual([10, 0, 20, -1, -1, -1])
    expect(Array.from(gradients.factors!.dataSync())).toEqual([7, 15])
    tf.dispose(gradients)
    tf.dispose(variables)
  })

  test('leaves no tensor behind but the gradients', () => {
    const variables = { directions: tf.variable(tf.ones([2, 3])), factors: tf.variable(tf.ones([2, 1])) }
    const before = tf.memory().numTensors
    madeOf(tf, scaled, { directions, factors })
    madeOf(tf, prompt, { prompt_embeddings: directions })
    expect(() => madeOf(tf, scaled, { directions })).toThrow()
    expect(tf.memory().numTensors).toBe(before)
    const gradients = pullThrough(tf, scaled, variables, new Float32Array(6))
    expect(tf.memory().numTensors).toBe(before + 2)
    tf.dispose(gradients)
    tf.dispose(variables)
  })
})
