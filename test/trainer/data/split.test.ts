import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import type { Dataset } from '../../../trainer/data/dataset.ts'
import type { Example } from '../../../trainer/data/example.ts'
import { holdOut } from '../../../trainer/data/split.ts'

const dataset = (examples: readonly Example[]): Dataset => ({ file: 'some.jsonl', sha256: '', examples })
const numbered = (count: number, labels = ['a', 'b', 'c'], begin = 'text') =>
  Array.from({ length: count }, (_, i) => ({ text: `${begin} ${i}`, label: labels[i % labels.length]! }))
const examples = [...numbered(900), { text: 'alone', label: 'd' }]
const texts = (data: Dataset) => data.examples.map(({ text }) => text)
const labels = (data: Dataset) => [...new Set(data.examples.map(({ label }) => label))].sort()

test('both parts together are the whole, in its order, and neither has an example of the other', () => {
  const [train, dev] = holdOut(dataset(examples), 0)
  expect(new Set([...train.examples, ...dev.examples])).toEqual(new Set(examples))
  expect(train.examples.length + dev.examples.length).toBe(examples.length)
  for (const { examples: part } of [train, dev]) expect(part).toEqual(examples.filter((example) => part.includes(example)))
})

test('about 15 % are held out, of each label', () => {
  const [, dev] = holdOut(dataset(numbered(30_000)), 0)
  for (const label of ['a', 'b', 'c']) {
    const share = dev.examples.filter((example) => example.label === label).length / 10_000
    expect(share).toBeGreaterThan(0.14)
    expect(share).toBeLessThan(0.16)
  }
})

test('a text’s part is told by SHA-256 of the seed and the text alone', () => {
  const [, dev] = holdOut(dataset(examples), 5)
  const wanted = examples.filter(({ text }) => createHash('sha256').update(`5\n${text}`).digest().readUIntBE(0, 6) / 2 ** 48 < 0.15)
  expect(texts(dev)).toEqual(wanted.map(({ text }) => text).filter((text) => text !== 'alone'))
})

test('rows that are added, taken away or moved leave every other where it was', () => {
  const held = new Set(texts(holdOut(dataset(examples), 0)[1]))
  const more = [...numbered(500, ['a', 'e'], 'more'), ...[...examples].reverse().slice(100)]
  const [train, dev] = holdOut(dataset(more), 0)
  for (const text of texts(dev).filter((text) => text.startsWith('text'))) expect(held).toContain(text)
  for (const text of texts(train)) expect(held).not.toContain(text)
})

test('every label with two texts is in both parts, whatever the seed; one text alone stays for training', () => {
  for (let seed = 0; seed < 200; seed++) {
    const [train, dev] = holdOut(dataset([...numbered(8, ['a', 'b', 'c', 'd']), { text: 'alone', label: 'e' }]), seed)
    expect(labels(dev)).toEqual(['a', 'b', 'c', 'd'])
    expect(labels(train)).toEqual(['a', 'b', 'c', 'd', 'e'])
  }
})

test('every label is learned of, though one text has two labels', () => {
  const shared = [
    { text: 'one', label: 'a' },
    { text: 'one', label: 'b' },
    { text: 'two', label: 'a' },
  ]
  for (let seed = 0; seed < 200; seed++) {
    const [train, dev] = holdOut(dataset(shared), seed)
    expect([texts(train), texts(dev)]).toEqual([['one', 'one'], ['two']])
  }
})

test('texts that differ in spaces and capitals alone are in the same part, under whatever label', () => {
  const twins = numbered(200).flatMap(({ text, label }) => [{ text, label }, { text: `  ${text.toUpperCase().replace(' ', '\t ')}`, label: 'd' }]) // biome-ignore format: one thought
  const [train, dev] = holdOut(dataset(twins), 1)
  const key = (text: string) => text.trim().toLowerCase().replace(/\s+/, ' ')
  const held = new Set(texts(dev).map(key))
  expect(held.size).toBeGreaterThan(10)
  expect(texts(train).filter((text) => held.has(key(text)))).toEqual([])
})

test('the seed decides', () => {
  expect(holdOut(dataset(examples), 1)).toEqual(holdOut(dataset(examples), 1))
  expect(holdOut(dataset(examples), 1)).not.toEqual(holdOut(dataset(examples), 2))
})

test('where texts have several labels, each label is in both parts that has two texts', () => {
  const labels = ['a', 'b', 'c', 'd']
  const examples = Array.from({ length: 60 }, (_, n) => {
    const own = labels.filter((_, c) => (n >> c) % 2 === 1)
    return { text: `text ${n}`, label: own.join(' + '), labels: own }
  })
  const [learned, held] = holdOut({ file: 'a', sha256: '', examples }, 1)
  expect(learned.examples.length + held.examples.length).toBe(60)
  for (const part of [learned, held]) expect(new Set(part.examples.flatMap(({ labels }) => labels))).toEqual(new Set(labels))
})
