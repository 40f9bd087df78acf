import { expect, test } from 'vitest'
import { float32 } from '../../../../shared/tensor.ts'
import { rmsNorm } from '../../../../trainer/import/blocks/rms-norm.ts'
import { seededRandom } from '../../../../trainer/random.ts'
import { relativeError } from '../../../fixtures/reference.ts'
import { randomTensor, runBlock } from '../../../fixtures/run-block.ts'

const H = 6
const epsilon = 0.01 // large enough to be seen
const random = seededRandom(3)
const weight = randomTensor(random, H)
const norm = async (x: ReturnType<typeof randomTensor>, output?: string) =>
  (
    await runBlock(
      (b, weights) => [rmsNorm(b, weights, b.input('x', 'float32', ['B', 'T', H]), 'weight', epsilon, output)],
      { x },
      { weight },
    )
  )[0]!

test('each vector is divided by the root of its mean square and ε, and multiplied by the weight', async () => {
  const x = randomTensor(random, 2, 3, H)
  const y = await norm(x)
  const wanted = Array.from(x.data, (value, i) => {
    const from = i - (i % H)
    const meanSquare = x.data.subarray(from, from + H).reduce((sum, each) => sum + each ** 2, 0) / H
    return (value / Math.sqrt(meanSquare + epsilon)) * weight.data[i % H]!
  })
  expect(y).toMatchObject({ shape: ['B', 'T', H], dims: [2, 3, H] })
  expect(relativeError(y.numbers, wanted)).toBeLessThan(1e-6)
})

test('a vector of zeros stays one', async () => {
  const y = await norm(float32([1, 1, H]))
  expect(y.numbers.map(Math.abs)).toEqual([0, 0, 0, 0, 0, 0])
})

test('its result has the name that is asked for', async () => {
  let name = ''
  await runBlock((b, weights) => {
    name = rmsNorm(b, weights, b.input('x', 'float32', ['B', 'T', H]), 'weight', epsilon, 'hidden')
    return [name]
  }, { x: float32([1, 1, H]) }, { weight }) // biome-ignore format: one call
  expect(name).toBe('hidden')
})
