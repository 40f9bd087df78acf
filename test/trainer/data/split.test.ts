import { expect, test } from 'vitest'
import { holdOut } from '../../../trainer/data/split.ts'

const examples = Array.from({ length: 90 }, (_, i) => ({ text: `text ${i}`, label: ['a', 'b', 'c'][i % 3]! })).concat({
  text: 'alone',
  label: 'd',
})
const data = { file: 'some.jsonl', sha256: '', examples }

test('both parts together are the whole, and neither has an example of the other', () => {
  const [train, dev] = holdOut(data, 0)
  expect(new Set([...train.examples, ...dev.examples])).toEqual(new Set(examples))
  expect(train.examples.length + dev.examples.length).toBe(examples.length)
})

test('every label with two examples is in both; a single example stays for training', () => {
  const [train, dev] = holdOut(data, 0)
  for (const label of ['a', 'b', 'c']) {
    expect(train.examples.filter((example) => example.label === label).length).toBe(25)
    expect(dev.examples.filter((example) => example.label === label).length).toBe(5)
  }
  expect(dev.examples.some(({ label }) => label === 'd')).toBe(false)
})

test('the seed decides', () => {
  expect(holdOut(data, 1)).toEqual(holdOut(data, 1))
  expect(holdOut(data, 1)).not.toEqual(holdOut(data, 2))
})
