import { expect, test } from 'vitest'
import { checkData } from '../../../trainer/data/check-data.ts'
import type { ModelReading } from '../../../trainer/data/checks/model-reading.ts'
import type { Example } from '../../../trainer/data/example.ts'
import { foundBy, many } from '../../fixtures/checked.ts'

const dataset = (file: string, examples: readonly Example[]) => ({ file, sha256: '', examples })
/** A token a character. */
const model: ModelReading = {
  maxTokens: 10,
  encode: (text) => ({ inputIds: [...text.slice(0, 10)].map((c) => c.charCodeAt(0)), truncated: text.length > 10 }),
  aboutWords: (labels) => [`labels ${labels.join(' and ')} begin with the same token`],
}

test('each split is summed up, and problems come before warnings', () => {
  const train = dataset('a.csv', [
    ...Array.from({ length: 3 }, (_, i) => ({ text: `${i}`.repeat(i + 1), label: '7' })),
    { text: 'x'.repeat(12), label: '5' },
  ])
  const { splits, findings } = checkData({ train, test: dataset('b.csv', [{ text: '0', label: '9' }]) }, model)
  expect(splits).toEqual({
    train: {
      file: 'a.csv',
      examples: 4,
      labels: [
        { label: '7', count: 3 },
        { label: '5', count: 1 },
      ],
      characters: { median: 3, longest: 12 },
      tokens: { median: 3, longest: 10 },
    },
    test: {
      file: 'b.csv',
      examples: 1,
      labels: [{ label: '9', count: 1 }],
      characters: { median: 1, longest: 1 },
      tokens: { median: 1, longest: 1 },
    },
  })
  expect(findings.map(({ check, level }) => `${level} ${check}`)).toEqual([
    'problem labelSets',
    'problem leaks',
    'warning balance',
    'warning contradictions',
    'warning cutTexts',
    'warning labelSets',
    'warning labelWords',
  ])
  expect(checkData({ train }).splits.train?.tokens).toBeNull()
})

test('texts that lose their end are counted, and of many estimated', () => {
  const long = `a:${'x'.repeat(11)}`
  expect(foundBy('cutTexts', { train: [long, 'a:x'] }, model)).toMatchObject([{ count: 1, message: expect.stringMatching(/^rows of 10 tokens cut off the end of 1 of the 2 texts of train\. Raise --max-tokens/) }]) // biome-ignore format: one thought
  const half = Array.from({ length: 40_000 }, (_, i) => (i % 40 < 20 ? long : 'a:x'))
  const [found] = foundBy('cutTexts', { train: half }, model)
  expect(found?.message).toMatch(/^rows of 10 tokens cut off the end of about \d+ of the 40000 texts/)
  expect(found?.count).toBeGreaterThan(19_000)
  expect(found?.count).toBeLessThan(21_000)
  expect(foundBy('cutTexts', { train: half })).toEqual([])
})

test('what the model makes of the labels’ words is told of train’s labels', () => {
  expect(foundBy('labelWords', { train: [...many('b', 9), ...many('a', 9)] }, model)).toEqual([
    { level: 'warning', count: 1, message: 'labels a and b begin with the same token' },
  ])
})

test('a hundred thousand rows that are all one text, or all different labels, are looked through in time', { timeout: 60_000 }, () => {
  const same = dataset('a', Array.from({ length: 100_000 }, () => ({ text: 'x', label: 'a' }))) // biome-ignore format: one thought
  const different = dataset('a', Array.from({ length: 100_000 }, (_, i) => ({ text: `${i}`, label: `l${i}` }))) // biome-ignore format: one thought
  expect(checkData({ train: same, dev: same }).findings.map(({ check }) => check)).toContain('leaks')
  expect(checkData({ train: different, dev: different }).findings.map(({ check }) => check)).toContain('balance')
})

test('labels that are known by probabilities alone are labels', () => {
  const soft = { file: 'soft.jsonl', sha256: '', examples: ['one', 'two'].map((text) => ({ text, label: 'a', probabilities: { a: 0.6, b: 0.4, c: 0 } })) } // biome-ignore format: one thought
  const { splits, findings } = checkData({ train: soft })
  expect(splits.train?.labels.map(({ label }) => label).sort()).toEqual(['a', 'b'])
  expect(findings.filter(({ level }) => level === 'problem')).toEqual([])
})
