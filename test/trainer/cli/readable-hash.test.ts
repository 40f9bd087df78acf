import { expect, test } from 'vitest'
import { modelNames, shortHash } from '../../../trainer/cli/readable-hash.ts'

test('the hash of a package is said by its first 12 digits', () => {
  expect(shortHash('0123456789abcdef'.repeat(4))).toBe('0123456789ab')
})

test('models are named with their weight formats', () => {
  expect(modelNames({ int8: 'a'.repeat(64), float32: 'b'.repeat(64) })).toBe('model aaaaaaaaaaaa (int8), model bbbbbbbbbbbb (float32)')
})
