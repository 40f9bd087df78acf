import { expect, test } from 'vitest'
import { examplesHash } from '../../../trainer/data/examples-hash.ts'

test('names the examples and their order, and nothing else', () => {
  const [a, b] = [
    { text: 'x', label: 'y' },
    { text: 'xy', label: '' },
  ]
  const hash = examplesHash({ examples: [a, b] })
  expect(hash).toMatch(/^[0-9a-f]{64}$/)
  expect(examplesHash({ examples: [{ ...a }, { ...b }] })).toBe(hash)
  expect(examplesHash({ examples: [b, a] })).not.toBe(hash)
  expect(examplesHash({ examples: [a] })).not.toBe(hash)
  expect(examplesHash({ examples: [{ text: '', label: 'xy' }, b] })).not.toBe(examplesHash({ examples: [{ text: 'x', label: 'y' }, b] }))
})
