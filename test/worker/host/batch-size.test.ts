import { describe, expect, it } from 'vitest'
import { batchSize } from '../../../worker/host/batch-size.ts'

describe('batchSize', () => {
  const row = (length: number, promptLength = 0) => ({ inputIds: new Array(length).fill(1), promptLength })
  const limits = { maxRows: 4, maxTokens: 128 }

  it.each([
    ['all that wait', [row(5), row(9)], 2],
    ['at most maxRows', Array(9).fill(row(1)), 4],
    ['as many as fit when each is padded to the longest', [row(16), row(17), row(64), row(1)], 2],
    ['prompts counted', [row(16, 20), row(16, 20), row(16, 20)], 2],
    ['one that is too long alone', [row(500), row(1)], 1],
    ['none', [], 0],
  ])('takes %s', (_, rows, count) => {
    expect(batchSize(rows, limits)).toBe(count)
  })
})
