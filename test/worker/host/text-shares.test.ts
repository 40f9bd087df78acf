import { expect, test } from 'vitest'
import { textShares } from '../../../worker/host/text-shares.ts'

test('texts of less than a share wait for nothing; the one that fills it lets others in', async () => {
  const full = textShares(new AbortController().signal)
  expect([full(2 ** 13), full(2 ** 13 - 1)]).toEqual([null, null])
  const others: string[] = []
  setTimeout(() => others.push('came in'), 0)
  await full(1)
  expect(others).toEqual(['came in'])
  expect(full(2 ** 14 - 1)).toBeNull() // counted anew
})

test('whoever hung up meanwhile is heard', async () => {
  const call = new AbortController()
  const letsIn = textShares(call.signal)(2 ** 14)
  call.abort(new Error('gone'))
  await expect(letsIn).rejects.toThrow('gone')
})
