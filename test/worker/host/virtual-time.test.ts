import { describe, expect, it } from 'vitest'
import { VirtualTime } from '../../../worker/host/virtual-time.ts'

describe('VirtualTime', () => {
  const [a, b, c] = [{}, {}, {}]

  it('goes forward by each caller’s share of what is served, divided anew as callers come and are done', () => {
    const time = new VirtualTime()
    expect(time.enter(a, 4)).toBe(0)
    time.advance(2) // all of it a's
    expect(time.enter(b, 1)).toBe(2)
    time.advance(1) // half a row each
    expect(time.enter(c, 1)).toBe(2.5)
    time.advance(2) // b is done after 1.5 rows, at 3; then a and c have a quarter each
    expect(time.enter({}, 1)).toBe(3.25)
  })

  it('stands still while nobody is owed anything, also where more was served than was owed', () => {
    const time = new VirtualTime()
    time.advance(5)
    expect(time.enter(a, 2)).toBe(0)
    time.advance(9)
    expect(time.enter(b, 0)).toBe(2)
    time.advance(1)
    expect(time.enter(c, 1)).toBe(2)
  })

  it('shares without those who left, and puts what a caller asks for behind what it is owed', () => {
    const time = new VirtualTime()
    time.enter(a, 3)
    time.enter(b, 3)
    expect(time.enter(a, 2)).toBe(3)
    time.leave(b)
    time.advance(2)
    expect(time.enter(c, 1)).toBe(2)
  })
})
