import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { SoftPromptError } from '../../../shared/error.ts'
import { readExamples } from '../../../trainer/data/dataset.ts'

const folder = mkdtempSync(join(tmpdir(), 'examples-'))
const write = (name: string, content: string | Uint8Array) => {
  writeFileSync(join(folder, name), content)
  return join(folder, name)
}

test('JSON Lines, with a byte order mark, empty lines, Windows line ends and further fields', () => {
  const file = write('a.jsonl', '\uFEFF{"text": "one", "label": "a"}\r\n\r\n{"text": "two", "label": "b", "id": 7}\n')
  expect(readExamples(file).examples).toEqual([
    { text: 'one', label: 'a' },
    { text: 'two', label: 'b' },
  ])
})

test('CSV with quotes, commas and line breaks inside a field', () => {
  const file = write('a.csv', 'label,text\na,"one, and ""more"""\nb,"two\nlines"\n')
  expect(readExamples(file).examples).toEqual([
    { text: 'one, and "more"', label: 'a' },
    { text: 'two\nlines', label: 'b' },
  ])
})

test('CSV whose header has spaces and capitals', () => {
  expect(readExamples(write('b.csv', ' Text , Label,id\none,a,7\n')).examples).toEqual([{ text: 'one', label: 'a' }])
})

test.each(['A.CSV', 'a.b.csv'])('%s is read as CSV, whatever the case of its name', (name) => {
  expect(readExamples(write(name, 'text,label\none,a\n')).examples).toEqual([{ text: 'one', label: 'a' }])
})

test('TSV, and a JSON array', () => {
  expect(readExamples(write('c.tsv', 'id\tText\tlabel\n7\tone\ta\n')).examples).toEqual([{ text: 'one', label: 'a' }])
  expect(readExamples(write('c.json', '[{"text": "one", "label": "a"},\n{"text": "two", "label": "b"}]')).examples).toEqual([
    { text: 'one', label: 'a' },
    { text: 'two', label: 'b' },
  ])
})

test.each([
  ['d.jsonl', '{"sentence": "one", "stars": "a", "text": 5}'],
  ['d.json', '[{"sentence": "one", "stars": "a", "text": 5}]'],
  ['d.csv', 'Sentence;text;stars\none;5;a\n'],
])('%s under the names that its columns have', (name, content) => {
  expect(readExamples(write(name, content), { columns: { text: 'sentence', label: 'stars' } }).examples).toEqual([
    { text: 'one', label: 'a' },
  ])
})

test('labels that are numbers, true or false become their text, which is told once', () => {
  const told: string[] = []
  const rows = [1, true, 0, -1.5, false, '1'].map((label) => JSON.stringify({ text: 'one', label }))
  const file = write('labels.jsonl', rows.join('\n'))
  const { examples } = readExamples(file, { tell: (line) => told.push(line) })
  expect(examples.map(({ label }) => label)).toEqual(['1', 'true', '0', '-1.5', 'false', '1'])
  expect(told).toEqual([`Reading the labels in ${file} as text, such as "1" for 1.`])
})

test.each(['b.json', 'a.csv.txt', 'csv', 'examples'])('%s is read as JSON Lines, as all that has no reader of its own', (name) => {
  expect(readExamples(write(name, '{"text": "one", "label": "a"}')).examples).toEqual([{ text: 'one', label: 'a' }])
})

describe('bad files are refused with the file, the line and the way out', () => {
  const ok = '{"text": "one", "label": "a"}\n'
  test.each([
    ['broken.jsonl', `${ok}{"text": "two", "label": \n${ok}`, /broken\.jsonl, line 2: it is not JSON/],
    [
      'missing.jsonl',
      `${ok}${ok}{"text": "two", "class": "b"}\n`,
      /missing\.jsonl, line 3: it has no field "label"\. Its fields are "text", "class": say with --text-column and --label-column/,
    ],
    ['missing.json', `[{"a": 1},\n{}]`, /missing\.json, line 1: it has no field "text"\. Its fields are "a":/],
    ['number.jsonl', `${ok}{"text": 5, "label": "a"}`, /number\.jsonl, line 2: field text is 5, and a text/],
    ['null.jsonl', `${ok}{"text": "a", "label": null}`, /null\.jsonl, line 2: field label is null, and a label that is not empty/],
    ['inherited.jsonl', `${ok}{"__proto__": {"text": "a"}, "label": "a"}`, /inherited\.jsonl, line 2: it has no field "text"/],
    ['list.jsonl', `${ok}["a"]`, /list\.jsonl, line 2: the record is \["a"\]\. Each record is an object such as/],
    ['blank.jsonl', `${ok}{"text": "", "label": "a"}`, /blank\.jsonl, line 2: field text is empty/],
    ['empty.jsonl', '\n', /empty\.jsonl: it has no examples/],
    ['header.csv', 'sentence,label\none,a\n', /header\.csv, line 1: no column is named "text"\. The columns are "sentence", "label"/],
    ['twice.csv', 'text,label,Text\none,a,two\n', /twice\.csv, line 1: more than one column is named "text"/],
    ['blank.csv', 'text,label\none,a\n,b\n', /blank\.csv, line 3: field text is empty/],
    ['ragged.csv', 'text,label\none,a\ntwo,b,c\n', /ragged\.csv: it is not CSV.*line 3/],
    ['latin1.jsonl', Uint8Array.from([0x7b, 0xe9, 0x7d]), /latin1\.jsonl: it is not UTF-8/],
  ])('%s', (name, content, message) => {
    const read = () => readExamples(write(name, content))
    expect(read).toThrow(SoftPromptError)
    expect(read).toThrow(message)
  })

  test('a record that nests too deeply to be shown', () => {
    const file = write('deep.jsonl', `${ok}{"text": ${'['.repeat(20_000)}${']'.repeat(20_000)}, "label": "a"}`)
    expect(() => readExamples(file)).toThrow(/deep\.jsonl, line 2: field text is/)
  })

  test('a folder', () => {
    expect(() => readExamples(folder)).toThrow(/none of its files has the name of a split, such as train\.csv: .* Name the file itself/)
  })

  test('a file that is not there', () => {
    expect(() => readExamples(join(folder, 'none.jsonl'))).toThrow(/there is no such file/)
  })
})

describe('labels of other kinds', () => {
  const lines = (name: string, ...records: object[]) => write(name, records.map((record) => JSON.stringify(record)).join('\n'))

  test('a list of labels is read whole, in one order, and may be empty', () => {
    const file = lines('several.jsonl', { text: 'one', labels: ['b', 'a'] }, { text: 'two', labels: [] }, { text: 'three', labels: [7] })
    expect(readExamples(file).examples).toEqual([
      { text: 'one', label: 'a + b', labels: ['a', 'b'] },
      { text: 'two', label: '(none)', labels: [] },
      { text: 'three', label: '7', labels: ['7'] },
    ])
    const named = lines('named.jsonl', { text: 'one', tags: ['a'] })
    expect(readExamples(named, { columns: { text: 'text', label: 'tags' } }).examples).toEqual([{ text: 'one', label: 'a', labels: ['a'] }])
  })

  test('probabilities of labels are read, scaled to sum to 1, beside the label or instead of it', () => {
    const file = lines(
      'soft.jsonl',
      { text: 'one', probabilities: { a: 0.25, b: 0.74 } },
      { text: 'two', label: 'a', probabilities: { b: 1 } },
      { text: 'three', label: 'b' },
    )
    const [one, two, three] = readExamples(file).examples
    expect(one).toEqual({
      text: 'one',
      label: 'b',
      probabilities: { a: expect.closeTo(0.25 / 0.99, 12), b: expect.closeTo(0.74 / 0.99, 12) },
    })
    expect(two).toEqual({ text: 'two', label: 'a', probabilities: { b: 1 } })
    expect(three).toEqual({ text: 'three', label: 'b' })
    const empty = lines('empty.jsonl', { text: 'one', label: 'a', labels: null, probabilities: null }) // as of a table in which others have them
    expect(readExamples(empty).examples).toEqual([{ text: 'one', label: 'a' }])
    const own = lines('own.jsonl', { text: 'one', teacher: { a: 0.1, b: 0.9 } })
    expect(readExamples(own, { columns: { text: 'text', label: 'teacher' } }).examples[0]).toMatchObject({ label: 'b' })
  })

  test.each([
    [[{ labels: ['a', 'a'] }], 'line 1: field labels names "a" twice. Name each label once.'],
    [[{ labels: ['a', ''] }], 'line 1: field labels is empty'],
    [[{ labels: [['a']] }], 'line 1: field labels is'],
    [[{ labels: ['a'] }, { label: 'a' }], 'line 2: it has one label, and those before have lists of labels. Write all in one way.'],
    [[{ label: 'a' }, { labels: ['a'] }], 'line 2: it has a list of labels, and those before have one label each.'],
    [[{ probabilities: { a: 0.5, b: 0.2 } }], 'line 1: the values of field probabilities sum to 0.700'],
    [[{ probabilities: { a: 1.5, b: -0.5 } }], 'line 1: field probabilities gives "a" 1.5'],
    [[{ probabilities: { a: '1' } }], 'line 1: field probabilities gives "a" 1, and an object'],
    [[{ probabilities: {} }], 'line 1: the values of field probabilities sum to 0.000'],
    [[{ label: 'a', probabilities: [1] }], 'line 1: field probabilities is'],
    [
      [{ label: 'a' }, { label: 'a', labels: ['b'] }],
      'line 2: it has both a field label and a field labels, of which one would count for nothing. Remove one of them, or name labels as --label-column.',
    ],
    [[{ labels: ['a'], probabilities: { b: 1 } }], 'line 1: it has both a field labels and a field probabilities, of which'],
    [[{ label: ['a'], probabilities: { b: 1 } }], 'line 1: it has both a field label and a field probabilities, of which'],
    [[{ label: 'a' }, { labels: null }], 'line 2: field labels is null, and a list of labels is needed'],
  ])('%j is refused by its line', (records, message) => {
    const file = lines('bad.jsonl', ...records.map((record) => ({ text: 'one', ...record })))
    expect(() => readExamples(file)).toThrow(message)
  })
})
