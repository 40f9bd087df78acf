import { expect, test } from 'vitest'
import { int64 } from '../../../../shared/tensor.ts'
import { range } from '../../../../trainer/import/blocks/range.ts'
import { runBlock } from '../../../fixtures/run-block.ts'

test.each([0, 1, 5])('counts from 0 to a length of %i, which is left out', async (length) => {
  const feeds = { ids: int64([length]) }
  const [counted] = await runBlock((b) => [range(b, b.dimension(b.input('ids', 'int64', ['T']), 0), 'T')], feeds)
  expect(counted).toMatchObject({ shape: ['T'], dims: [length] })
  expect(counted!.numbers).toEqual(Array.from({ length }, (_, i) => i))
})
