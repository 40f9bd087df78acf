import { describe, expect, it } from 'vitest'
import { rowChoice } from '../../../worker/host/row-choice.ts'

describe('rows in turn', () => {
  const row = (length: number, promptLength = 0) => ({ inputIds: new Array(length).fill(1), promptLength })
  const choice = rowChoice({ maxRows: 4, maxTokens: 128 })

  it.each([
    ['all that wait', [row(5), row(9)], 2],
    ['at most maxRows', Array(9).fill(row(1)), 4],
    ['as many as fit when each is padded to the longest', [row(16), row(17), row(64), row(1)], 2],
    ['prompts counted', [row(16, 20), row(16, 20), row(16, 20)], 2],
    ['one that is too long alone', [row(500), row(1)], 1],
    ['none', [], 0],
  ])('takes %s', (_, rows, count) => {
    expect(choice.inTurn(rows)).toBe(count)
  })
})

describe('rows alike', () => {
  const row = (length: number) => ({ inputIds: new Array(length).fill(1), promptLength: 5 })
  const choice = rowChoice({ maxRows: 3, maxTokens: 128 })

  it('are those as long as the first when rounded up, as many as fit', () => {
    expect(choice.alike([row(5), row(17), row(16), row(40), row(1)])).toEqual([0, 2, 4])
    expect(choice.alike([row(5), row(5), row(5), row(5)])).toEqual([0, 1, 2])
    expect(choice.alike([row(48), row(5), row(40), row(48), row(33)])).toEqual([0, 2])
    expect(choice.alike([row(500), row(5), row(500)])).toEqual([0])
  })
})
