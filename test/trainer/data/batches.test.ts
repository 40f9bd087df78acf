import { expect, test } from 'vitest'
import { batchOrder, lengthBatches } from '../../../trainer/data/batches.ts'
import { seededRandom } from '../../../trainer/random.ts'

const random = seededRandom(7)
const lengths = Array.from({ length: 203 }, () => 1 + Math.floor(random() * 60))
const batchesPerEpoch = Math.ceil(lengths.length / 16)
const epoch = (order: (step: number) => readonly number[], number: number) =>
  Array.from({ length: batchesPerEpoch }, (_, i) => order(number * batchesPerEpoch + i))

test('an epoch has every example once', () => {
  const order = batchOrder(lengths, 16, 3)
  for (const number of [0, 1, 2]) {
    expect(epoch(order, number).flat().sort((a, b) => a - b)).toEqual(lengths.map((_, i) => i)) // biome-ignore format: one thought
  }
})

test('epochs differ, and a step can be asked for again or out of order', () => {
  const order = batchOrder(lengths, 16, 3)
  expect(epoch(order, 0)).not.toEqual(epoch(order, 1))
  expect(batchOrder(lengths, 16, 3)(batchesPerEpoch + 2)).toEqual(order(batchesPerEpoch + 2))
  expect(batchOrder(lengths, 16, 4)(0)).not.toEqual(order(0))
})

test('rows of a batch are about as long: less padding than at random', () => {
  const padding = (batches: readonly (readonly number[])[]) =>
    batches.reduce((sum, batch) => sum + batch.reduce((short, i) => short + Math.max(...batch.map((j) => lengths[j]!)) - lengths[i]!, 0), 0)
  const unsorted = Array.from({ length: batchesPerEpoch }, (_, i) => lengths.map((_, j) => j).slice(i * 16, (i + 1) * 16))
  expect(padding(epoch(batchOrder(lengths, 16, 3), 0))).toBeLessThan(padding(unsorted) / 2)
})

test('evaluation takes every example once, shortest first', () => {
  const batches = lengthBatches(lengths, 32)
  const flat = batches.flat()
  expect(new Set(flat).size).toBe(lengths.length)
  const inOrder = flat.map((index) => lengths[index]!)
  expect(inOrder).toEqual(inOrder.toSorted((a, b) => a - b))
})
