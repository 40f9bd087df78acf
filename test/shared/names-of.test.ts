import { expect, test } from 'vitest'
import { z } from 'zod'
import { namesOf } from '../../shared/names-of.ts'

test('a table’s names are in alphabetical order, whatever the order of its entries, and make an enum', () => {
  const names = namesOf({ pear: 1, apple: 2, Fig: 3 })
  expect(names).toEqual(['Fig', 'apple', 'pear'])
  const Name = z.enum(names)
  expect(Name.parse('pear')).toBe('pear')
  expect(Name.safeParse('plum').success).toBe(false)
})
