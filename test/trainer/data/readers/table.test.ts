import { expect, test } from 'vitest'
import { namesOf } from '../../../../shared/names-of.ts'
import * as readers from '../../../../trainer/data/readers/table.ts'
import { reading, recordsOf } from '../../../fixtures/reading.ts'

test('no two readers take the same files, and one takes those that no other does', () => {
  const extensions = Object.values(readers).flatMap((reader) => reader.extensions)
  expect(new Set(extensions).size).toBe(extensions.length)
  for (const extension of extensions) expect(extension).toMatch(/^\.[a-z]+$/)
  expect(Object.values(readers).filter(({ fallback }) => fallback)).toHaveLength(1)
})

test.each(namesOf(readers))('%s finds nothing in an empty file', (name) => {
  expect(recordsOf(readers[name], '', reading('empty'))).toEqual([])
})
