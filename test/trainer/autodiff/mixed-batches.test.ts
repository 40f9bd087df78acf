import { describe, expect, test } from 'vitest'
import { float32 } from '../../../shared/tensor.ts'
import { graphKey, mixedBatches as mixed, stackFeeds } from '../../../trainer/autodiff/mixed-batches.ts'
import type { Step, StepRow } from '../../../trainer/autodiff/step.ts'

const row = (length: number, rest: Partial<StepRow> = {}): StepRow => ({ inputIds: new Int32Array(length), weight: 1, feeds: {}, ...rest })
const step = (rows: readonly StepRow[], { kind = 'prefix', loss = 'a loss' } = {}): Step =>
  ({ rows, prompt: { fed: { kind } }, loss: { key: loss } }) as unknown as Step
const mixedBatches = (steps: readonly Step[], sideBySide = 1) => mixed(steps, { sideBySide, maxRows: 16 })
const lengths = (batches: ReturnType<typeof mixedBatches>) => batches.map((batch) => batch.map(({ row }) => row.inputIds.length))

describe('batches', () => {
  test('mix the rows of steps, the shortest first, and have 16 of them at most', () => {
    const [one, other] = [step([row(9), row(3)]), step(Array.from({ length: 16 }, (_, i) => row(i + 1)))]
    const batches = mixedBatches([one, other])
    expect(lengths(batches)).toEqual([
      [1, 2, 3, 3, 4, 5, 6, 7, 8],
      [9, 9, 10, 11, 12, 13, 14, 15, 16],
    ])
    expect(new Set(batches[0]!.map(({ step }) => step))).toEqual(new Set([one, other]))
  })

  test('have rows of one graph and one number of positions alone', () => {
    const steps = [step([row(1)]), step([row(1)], { kind: 'table' }), step([row(1)], { loss: 'another' })]
    expect(mixedBatches(steps)).toHaveLength(3)
    expect(new Set(steps.map(graphKey)).size).toBe(3)
    const positions = [undefined, [0], [1], [0, 1]].map((positions) => row(1, positions && { positions }))
    expect(mixedBatches([step(positions)]).map((batch) => batch.length)).toEqual([1, 2, 1])
  })

  test('keep the rows of a step in one order, whatever else there is', () => {
    const rows = [5, 2, 5, 7, 2].map((length) => row(length))
    const orderOf = (steps: readonly Step[], wanted: Step) =>
      mixedBatches(steps).flatMap((batch) => batch.filter(({ step }) => step === wanted).map(({ row }) => rows.indexOf(row)))
    const own = step(rows)
    const others = [step([row(2), row(5)]), step(Array.from({ length: 40 }, (_, i) => row(i % 9)))]
    expect(orderOf([own], own)).toEqual([1, 4, 0, 2, 3])
    expect(orderOf([...others, own], own)).toEqual(orderOf([own], own))
    expect(orderOf([own, ...others], own)).toEqual(orderOf([own], own))
  })

  test('are cut for those that are computed side by side', () => {
    expect(lengths(mixedBatches([step([4, 3, 2, 1, 8, 7, 6, 5].map((length) => row(length)))], 2))).toEqual([
      [1, 2, 3, 4],
      [5, 6, 7, 8],
    ])
  })

  test('are none of no rows', () => {
    expect(mixedBatches([])).toEqual([])
    expect(mixedBatches([step([])])).toEqual([])
  })
})

test('feeds stand one under another, the shorter followed by zeros up to a length that all may have', () => {
  const rows = [
    row(1, { feeds: { rows: float32([2, 3], Float32Array.of(1, 2, 3, 4, 5, 6)), one: float32([1], Float32Array.of(7)) } }),
    row(1, { feeds: { rows: float32([1, 3], Float32Array.of(8, 9, 10)), one: float32([1], Float32Array.of(11)) } }),
  ]
  const { rows: stacked, one } = stackFeeds(rows)
  expect(stacked!.dims).toEqual([2, 16, 3])
  const data = Array.from(stacked!.data, Number)
  expect(data.slice(0, 7)).toEqual([1, 2, 3, 4, 5, 6, 0])
  expect(data.slice(48, 52)).toEqual([8, 9, 10, 0])
  expect(data.filter((value) => value !== 0)).toHaveLength(9)
  expect(one!.dims).toEqual([2, 16])
  expect(stackFeeds([row(1)])).toEqual({})
})
