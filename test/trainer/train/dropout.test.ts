import { expect, test } from 'vitest'
import { float32 } from '../../../shared/tensor.ts'
import { dropoutOf } from '../../../trainer/train/dropout.ts'

const ones = new Float32Array(10_000).fill(1)
const prefix = { kind: 'prefix', prefix: { length: 2, keyValues: ones } } as const
const thinned = (share: number, seed = 0, step = 0) => {
  const dropped = dropoutOf(share, seed, step).thinned(prefix)
  return dropped.kind === 'prefix' ? dropped.prefix.keyValues : ones
}

test('a share of the numbers is left out, and the others are larger by as much', () => {
  const values = thinned(0.2)
  expect(new Set(values)).toEqual(new Set([0, 1.25]))
  expect(values.filter((value) => value === 0).length / values.length).toBeCloseTo(0.2, 1)
})

test('it is the same for a seed and a step, and another for another step', () => {
  expect(thinned(0.2, 1, 7)).toEqual(thinned(0.2, 1, 7))
  expect(thinned(0.2, 1, 8)).not.toEqual(thinned(0.2, 1, 7))
  expect(thinned(0.2, 2, 7)).not.toEqual(thinned(0.2, 1, 7))
})

test('the gradient comes back through what was kept alone', () => {
  const dropout = dropoutOf(0.5, 3, 4)
  const table = { kind: 'table', table: float32([4, 25], new Float32Array(100).fill(1)) } as const
  const dropped = dropout.thinned(table)
  expect(dropped.kind === 'table' && dropped.table.dims).toEqual([4, 25])
  expect(dropped.kind === 'table' && dropout.pullback(new Float32Array(100).fill(1))).toEqual(
    dropped.kind === 'table' && dropped.table.data,
  )
})

test('a share of nothing leaves the prompt as it is', () => {
  expect(dropoutOf(0, 0, 0).thinned(prefix)).toBe(prefix)
  expect(dropoutOf(0, 0, 0).pullback(ones)).toBe(ones)
})
