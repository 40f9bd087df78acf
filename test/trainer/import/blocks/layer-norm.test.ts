import { expect, test } from 'vitest'
import { float32 } from '../../../../shared/tensor.ts'
import { layerNorm } from '../../../../trainer/import/blocks/layer-norm.ts'
import { seededRandom } from '../../../../trainer/random.ts'
import { relativeError } from '../../../fixtures/reference.ts'
import { randomTensor, runBlock } from '../../../fixtures/run-block.ts'

const H = 6
const epsilon = 0.01 // large enough to be seen
const random = seededRandom(3)
const tensors = { 'norm.weight': randomTensor(random, H), 'norm.bias': randomTensor(random, H) }
const norm = async (x: ReturnType<typeof randomTensor>) =>
  (await runBlock((b, weights) => [layerNorm(b, weights, b.input('x', 'float32', ['B', 'T', H]), 'norm', epsilon)], { x }, tensors))[0]!

test('each vector loses its mean, is divided by the root of its variance and ε, and gets the weight and the bias', async () => {
  const x = randomTensor(random, 2, 3, H)
  const y = await norm(x)
  const wanted = Array.from(x.data, (value, i) => {
    const vector = Array.from(x.data.subarray(i - (i % H), i - (i % H) + H))
    const mean = vector.reduce((sum, each) => sum + each) / H
    const variance = vector.reduce((sum, each) => sum + (each - mean) ** 2, 0) / H
    return ((value - mean) / Math.sqrt(variance + epsilon)) * tensors['norm.weight'].data[i % H]! + tensors['norm.bias'].data[i % H]!
  })
  expect(y).toMatchObject({ shape: ['B', 'T', H], dims: [2, 3, H] })
  expect(relativeError(y.numbers, wanted)).toBeLessThan(1e-6)
})

test('a vector of one number again and again becomes the bias', async () => {
  const y = await norm(float32([1, 1, H], new Float32Array(H).fill(7)))
  expect(y.numbers).toEqual(Array.from(tensors['norm.bias'].data))
})
