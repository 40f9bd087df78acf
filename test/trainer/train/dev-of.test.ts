import { expect, test } from 'vitest'
import { devOf } from '../../../trainer/train/dev-of.ts'

const data = (sha256: string, examples: number) => ({ sha256: sha256.repeat(64), examples })
const of = (dev: ReturnType<typeof data>, seed = 0) => devOf({ data: { train: data('a', 85), dev }, settings: { seed } })

test('a dev of a file of its own is known by that, whatever the seed', () => {
  expect(of(data('b', 15), 1)).toBe(of(data('b', 15), 2))
  expect(of(data('b', 15))).not.toBe(of(data('c', 15)))
  expect(devOf({ data: {}, settings: {} })).toBeNull()
})

test('a dev that was held out is another with another seed, and is not the file that it was held out of', () => {
  expect(of(data('a', 15), 1)).toBe(of(data('a', 15), 1))
  expect(of(data('a', 15), 1)).not.toBe(of(data('a', 15), 2))
  expect(of(data('a', 15))).not.toBe(of(data('a', 100)))
})
