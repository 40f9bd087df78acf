import { describe, expect, test } from 'vitest'
import { checkData } from '../../../../trainer/data/check-data.ts'
import type * as checks from '../../../../trainer/data/checks/table.ts'
import { foundBy, type Lines, many } from '../../../fixtures/checked.ts'

const sound = { train: [...many('a', 20), ...many('b', 20)], dev: ['a:new 1', 'b:new 2'] }

test.each<[keyof typeof checks]>([['balance'], ['contradictions'], ['duplicates'], ['labelSets'], ['labelSpelling'], ['leaks']])(
  '%s finds nothing in sound examples, or where there are none',
  (check) => {
    expect(foundBy(check, sound)).toEqual([])
    expect(foundBy(check, {})).toEqual([])
  },
)

const cases: [keyof typeof checks, string, Lines, { level: 'problem' | 'warning'; count: number; message: RegExp }][] = [
  ['leaks', 'dev is the training file', { train: sound.train, dev: sound.train }, { level: 'problem', count: 40, message: /^dev shares all its 40 texts with train, such as "a text 0": they make dev look better than new texts would\./ }],
  ['leaks', 'texts are shared but for spaces and capitals', { train: sound.train, dev: ['a: A  TEXT 3\n', 'b:new'] }, { level: 'problem', count: 1, message: /^dev shares 1 of its 2 texts with train, such as " A {2}TEXT 3\\n":/ }],
  ['leaks', 'test shares with dev', { train: sound.train, dev: ['a:x'], test: ['b:x', 'b:y'] }, { level: 'problem', count: 1, message: /^test shares 1 of its 2 texts with dev/ }],
  ['leaks', 'one of a hundred texts is shared', { train: sound.train, dev: ['a:a text 1', ...many('c', 99)] }, { level: 'warning', count: 1, message: /^dev shares 1 of its 100 texts/ }],
  ['duplicates', 'texts are there more than once', { train: [...sound.train, 'a:B text 1', 'b: b text 1', 'a:a text 7'] }, { level: 'warning', count: 2, message: /^train has 2 texts more than once, such as "b text 1" \(3 times\)$/ }],
  ['contradictions', 'a text has two labels, in two splits', { train: sound.train, dev: ['b:a text 0', 'a:A text 0', 'b:A text 0'] }, { level: 'warning', count: 1, message: /^one text has more than one label, such as "a text 0": "a" and "b"\. Decide for one$/ }],
  ['contradictions', 'two texts have two labels', { train: ['a:x', 'b:x', 'a:y', 'c:y'] }, { level: 'warning', count: 2, message: /^2 texts have more than one label, such as "x": "a" and "b"/ }],
  ['labelSpelling', 'labels differ in capitals or spaces', { train: ['Refund:1', 'refund :2', 'card lost:3', 'cardlost:4', 'b:5'], dev: ['refund :3'] }, { level: 'problem', count: 2, message: /^labels differ only in capitals or spaces: "Refund" \(1\) and "refund " \(2\), "card lost" \(1\) and "cardlost" \(1\)\./ }],
  ['labelSpelling', 'labels have spaces around them', { train: [' a:1', ' a:2', 'b:3'] }, { level: 'warning', count: 1, message: /^labels begin or end with spaces: " a" \(2\)\. Answers will have them too/ }],
  ['labelSets', 'dev has labels of its own', { train: sound.train, dev: ['a:1', 'b:1', 'c:1', 'c:2'] }, { level: 'problem', count: 1, message: /^dev has labels that train lacks, so nothing is learned of them: "c" \(2\)\./ }],
  ['labelSets', 'dev lacks a label', { train: sound.train, dev: ['a:1'] }, { level: 'warning', count: 1, message: /^dev has no example of "b",/ }],
  ['labelSets', 'there is one label', { train: many('a', 9) }, { level: 'problem', count: 1, message: /^train has one label alone, and 2 to \d+ are needed\. Is it the right column/ }],
  ['balance', 'labels have few examples', { train: [...many('a', 9), ...many('b', 7), ...many('c', 1)] }, { level: 'warning', count: 2, message: /^train has fewer than 8 examples of "c" \(1\), "b" \(7\)\. Add some$/ }],
  ['balance', 'one label has most examples', { train: [...many('a', 210), ...many('b', 10), ...many('c', 12)] }, { level: 'warning', count: 1, message: /^train has 21 times as many examples of "a" \(210\) as of "b" \(10\)\./ }],
] // biome-ignore format: a table

describe.each(cases)('%s, where %s', (check, _, lines, { message, ...wanted }) => {
  test('tells it', () => {
    expect(foundBy(check, lines)).toEqual([{ ...wanted, message: expect.stringMatching(message) }])
  })
})

test('what is quoted of texts and labels is cut, and commands nothing', () => {
  const long = `\x1b[2J${'x'.repeat(10_000)}`
  const lines = { train: [`${long}:${long}`, `${long.toUpperCase()}:${long}`, ...many('b', 300)], dev: [`${long}c:${long}`] }
  for (const check of ['leaks', 'contradictions', 'duplicates', 'labelSpelling', 'labelSets', 'balance'] as const) {
    const found = foundBy(check, lines)
    expect(found.length, check).toBeGreaterThan(0)
    for (const { message } of found) {
      expect(message).not.toContain('\x1b')
      expect(message.length).toBeLessThan(500)
    }
  }
})

test('unlikelyLabels finds labels that the probabilities beside them speak against', () => {
  const unlikely = { text: 'one', label: 'a', probabilities: { a: 0.25, b: 0.75 } }
  const examples = [unlikely, { ...unlikely, label: 'c' }, { ...unlikely, label: 'b' }, { text: 'two', label: 'a', probabilities: { a: 0.5, b: 0.5 } }, { text: 'three', label: 'a' }] // biome-ignore format: a list
  const { findings } = checkData({ train: { file: 'soft.jsonl', sha256: '', examples } })
  const [found, ...others] = findings.filter(({ check }) => check === 'unlikelyLabels')
  expect(others).toEqual([])
  expect(found).toMatchObject({ level: 'warning', count: 2 })
  expect(found?.message).toContain(
    'in train 2 examples have a label that is not the likeliest by the probabilities beside it, such as "one": "a" with 0.25.',
  )
})
