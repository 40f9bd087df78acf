import { expect, test } from 'vitest'
import { type FloatTensor, int64 } from '../../../../shared/tensor.ts'
import { inverseFrequencies } from '../../../../trainer/import/blocks/rope-parameters.ts'
import { rotaryTables, rotate } from '../../../../trainer/import/blocks/rotary.ts'
import { seededRandom } from '../../../../trainer/random.ts'
import { relativeError } from '../../../fixtures/reference.ts'
import { randomTensor, runBlock } from '../../../fixtures/run-block.ts'

const [B, T, n, D, context] = [2, 3, 2, 8, 40]
const frequencies = inverseFrequencies({ rope_type: 'default', rope_theta: 100 }, D)

async function rotated(x: FloatTensor, positions: readonly number[]): Promise<Float32Array> {
  const feeds = { x, positions: int64([B, T], BigInt64Array.from(positions, BigInt)) }
  const [y] = await runBlock((b, weights) => {
    const tables = rotaryTables(b, weights, frequencies, context)
    expect([b.shapeOf(tables.cos), b.shapeOf(tables.sin)]).toEqual([[context, D / 2], [context, D / 2]]) // biome-ignore format: a table
    return [rotate(b, b.input('x', 'float32', ['B', 'T', n * D]), b.input('positions', 'int64', ['B', 'T']), tables)]
  }, feeds)
  expect(y).toMatchObject({ shape: ['B', 'T', n * D], dims: [B, T, n * D] })
  return y!.data as Float32Array
}

test('a number of a head’s first half turns with the one of its second half, by its position’s angle', async () => {
  const x = randomTensor(seededRandom(3), B, T, n * D)
  const positions = [0, 1, 2, 39, 7, 7]
  const wanted = Array.from(x.data, (value, i) => {
    const [t, d] = [Math.floor(i / (n * D)), i % D]
    const angle = positions[t]! * frequencies[d % (D / 2)]!
    const other = d < D / 2 ? -x.data[i + D / 2]! : x.data[i - D / 2]!
    return value * Math.cos(angle) + other * Math.sin(angle)
  })
  expect(relativeError(await rotated(x, positions), wanted)).toBeLessThan(1e-5)
})

test('position 0 turns nothing', async () => {
  const x = randomTensor(seededRandom(4), B, T, n * D)
  expect(await rotated(x, [0, 0, 0, 0, 0, 0])).toEqual(x.data)
})

test('the product of two turned vectors depends on how far apart they stand alone', async () => {
  const one = randomTensor(seededRandom(5), 1, 1, n * D)
  const x = { ...one, dims: [B, T, n * D], data: Float32Array.from({ length: B * T * n * D }, (_, i) => one.data[i % (n * D)]!) }
  const y = await rotated(x, [3, 8, 0, 33, 38, 0])
  const product = (a: number, c: number) => {
    let sum = 0
    for (let i = 0; i < n * D; i++) sum += y[a * n * D + i]! * y[c * n * D + i]!
    return sum
  }
  expect(product(0, 1)).toBeCloseTo(product(3, 4), 5)
  expect(product(0, 1)).not.toBeCloseTo(product(0, 2), 2)
})
