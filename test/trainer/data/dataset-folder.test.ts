import { cpSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { readExamples } from '../../../trainer/data/dataset.ts'
import { splitFiles } from '../../../trainer/data/dataset-folder.ts'
import { root } from '../../fixtures/root.ts'

/** A folder with these files. */
function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'dataset-'))
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), content)
  }
  return folder
}

const row = (text: string, label: unknown = 'a') => `${JSON.stringify({ text, label })}\n`
const info = JSON.stringify({ features: { label: { _type: 'ClassLabel', names: ['bad', 'good'] } } })

test('the splits are found as load_dataset finds them, wherever it lays them', () => {
  const found = (files: readonly string[]) => splitFiles(folderWith(Object.fromEntries(files.map((name) => [name, 'x']))))
  const names = (splits: ReturnType<typeof found>) =>
    Object.fromEntries(Object.entries(splits).map(([split, files]) => [split, files.map((file) => file.split('/').slice(-2).join('/').replace(/^dataset-\w+\//, ''))])) // biome-ignore format: one thought
  expect(names(found(['README.md', 'dataset_info.json', '.cache/train.csv', 'data/test-00000-of-00001.parquet', 'data/train-00001-of-00002.parquet', 'data/train-00000-of-00002.parquet']))).toEqual({
    train: ['data/train-00000-of-00002.parquet', 'data/train-00001-of-00002.parquet'],
    test: ['data/test-00000-of-00001.parquet'],
  }) // biome-ignore format: a table
  expect(names(found(['train.csv', 'validation.csv', 'notes.txt']))).toEqual({ train: ['train.csv'], dev: ['validation.csv'] })
  expect(names(found(['train/a.jsonl', 'train/b.jsonl', 'test/a.jsonl']))).toEqual({ train: ['train/a.jsonl', 'train/b.jsonl'], test: ['test/a.jsonl'] }) // biome-ignore format: a table
  expect(names(found(['mails.csv', 'dataset_infos.json']))).toEqual({ train: ['mails.csv'] })
})

test('the files of a split are read one after another, and named together by a hash', () => {
  const folder = folderWith({ 'train-00000-of-00002.jsonl': row('one') + row('two'), 'train-00001-of-00002.jsonl': row('three', 'b') })
  const told: string[] = []
  const { examples, file, sha256 } = readExamples(folder, { split: 'train', tell: (line) => told.push(line) })
  expect(examples).toEqual([
    { text: 'one', label: 'a' },
    { text: 'two', label: 'a' },
    { text: 'three', label: 'b' },
  ])
  expect(file).toBe(folder)
  expect(told).toEqual([`Reading train-00000-of-00002.jsonl, train-00001-of-00002.jsonl in ${folder}.`])
  writeFileSync(join(folder, 'train-00001-of-00002.jsonl'), row('four', 'b'))
  expect(readExamples(folder).sha256).not.toBe(sha256)
  writeFileSync(join(folder, 'train-00001-of-00002.jsonl'), `${row('four', 'b')}{`)
  expect(() => readExamples(folder)).toThrow(join(folder, 'train-00001-of-00002.jsonl, line 2: it is not JSON'))
})

test('a folder as push_to_hub writes it: Parquet, whose labels have names', () => {
  const folder = folderWith({ 'data/train-00000-of-00001.parquet': '', 'README.md': '---\n' })
  cpSync(join(root, 'test/reference/parquet/class-label.parquet'), join(folder, 'data/train-00000-of-00001.parquet'))
  const { examples } = readExamples(folder, { split: 'train' })
  expect(examples).toHaveLength(40)
  expect([...new Set(examples.map(({ label }) => label))].sort()).toEqual(['card lost', 'refund', 'ümlaut 🎈'])
})

test.each([
  ['train.csv', 'text,label\none,1\ntwo,good\nthree,0\n'],
  ['data/train.jsonl', row('one', 1) + row('two', 'good') + row('three', '0')],
])('labels in %s get the names that dataset_info.json has for them', (name, content) => {
  const told: string[] = []
  const folder = folderWith({ [name]: content, 'dataset_info.json': info })
  const { examples } = readExamples(folder, { split: 'train', tell: (line) => told.push(line) })
  expect(examples.map(({ label }) => label)).toEqual(['good', 'good', 'bad'])
  expect(told[1]).toBe(`Reading the labels in ${folder} by their names, such as "good" for 1.`)
})

test('links to files and folders are followed, as the Hub’s cache has them, and not for ever', () => {
  const blobs = folderWith({ 'blobs/1': row('one'), 'blobs/2': row('two', 'b'), 'snapshot/README.md': '' })
  const folder = join(blobs, 'snapshot')
  symlinkSync(join(blobs, 'blobs/1'), join(folder, 'train.jsonl'))
  mkdirSync(join(blobs, 'data'))
  symlinkSync(join(blobs, 'blobs/2'), join(blobs, 'data/test.jsonl'))
  symlinkSync(join(blobs, 'data'), join(folder, 'data'))
  expect(readExamples(folder, { split: 'train' }).examples).toEqual([{ text: 'one', label: 'a' }])
  expect(readExamples(folder, { split: 'test' }).examples).toEqual([{ text: 'two', label: 'b' }])
  symlinkSync(folder, join(folder, 'data/again'))
  symlinkSync('self.csv', join(folder, 'self.csv'))
  expect(() => readExamples(folder, { split: 'train' })).toThrow(
    /its split train is there more than once: data.again.train\.jsonl, train\.jsonl/,
  )
})

const one = { 'train.csv': 'text,label\none,a\n' }
test.each<[string, Record<string, string>, 'train' | 'dev' | 'test' | undefined, RegExp]>([
  ['it lacks the split', one, 'dev', /it has no split dev\. It has train \(train\.csv\): name another folder or a file\.$/],
  ['no split is asked for', { ...one, 'test.csv': '' }, undefined, /it is a folder with the splits train \(train\.csv\), test \(test\.csv\)\. Name the file/],
  ['no name tells a split', { 'a.csv': '', 'b.csv': '' }, 'train', /none of its files has the name of a split, such as train\.csv: a\.csv, b\.csv\. Name the file itself/],
  ['nothing in it can be read', { 'notes.txt': '' }, 'train', /it holds no file that is read here \(\.csv, \.json, /],
  ['save_to_disk wrote it', { 'train/data-00000-of-00001.arrow': '', 'train/dataset_info.json': info }, 'train', /Arrow files, as save_to_disk writes them, .*to_parquet/],
  ['a file is missing', { 'data/train-00000-of-00002.jsonl': row('a') }, 'train', /train-00000-of-00002\.jsonl is one of 2 files, and 1 are there\. Download it again/],
  ['a split is there in two formats', { ...one, 'train.jsonl': row('a') }, 'train', /its split train is there more than once: train\.csv, train\.jsonl\./],
  ['a split is there in two configurations', { 'en/train.csv': '', 'de/train.csv': '' }, 'train', /more than once: de.train\.csv, en.train\.csv\. Name one of these folders/],
  ['a label has no name', { ...one, 'dataset_info.json': info }, 'train', /train\.csv, line 2: label a has no name\. The names are 0 to 1: bad, good\.$/],
  ['a label is past the last name', { 'train.csv': 'text,label\na,2\n', 'dataset_info.json': info }, 'train', /line 2: label 2 has no name/],
  ['its names are not JSON', { ...one, 'dataset_info.json': '{' }, 'train', /dataset_info\.json: it is not JSON/],
])('where %s, the folder is refused with the way out', (_, files, split, message) => {
  const read = () => readExamples(folderWith(files), split === undefined ? {} : { split })
  expect(read).toThrow(expect.objectContaining({ code: 'invalid_data', message: expect.stringMatching(message) }))
}) // biome-ignore format: a table
