import { describe, expect, it } from 'vitest'
import { waitOf } from '../../../worker/dispatch/wait.ts'

describe('waitOf', () => {
  it.each([
    [undefined, 10_000],
    ['', 10_000],
    ['wait=3', 3000],
    ['respond-async, Wait = 3; foo=bar', 3000],
    ['wait=2, wait=7', 2000],
    ['wait=99999999999999999999999', 10_000],
    ['return=minimal', 10_000],
    ['waiting=3', 10_000],
  ])('of %j is %i', (prefer, wait) => {
    expect(waitOf(prefer, 10_000)).toBe(wait)
  })

  it.each(['wait', 'wait=', 'wait=0', 'wait=-1', 'wait=1.5', 'wait=soon', 'wait=1e3'])('refuses %j', (prefer) => {
    expect(() => waitOf(prefer, 10_000)).toThrow(
      expect.objectContaining({ code: 'invalid_request', param: 'Prefer', message: expect.stringContaining('Prefer: wait=5') }),
    )
  })
})
