import { expect, test } from 'vitest'
import { pastedTexts, textsOfFile } from '../../../worker/playground/texts-of-file.ts'

const bytes = (contents: string) => new TextEncoder().encode(contents)

test.each([
  ['lines.txt', 'one\r\n\n  two \n', ['one', 'two']],
  ['lines', '\uFEFFone\ntwo', ['one', 'two']],
  ['a.csv', 'id,text\n1,"a, b"\n2,"two\nlines"\n', ['a, b', 'two\nlines']],
  ['a.csv', 'first;second\nx, y;z\n', ['first', 'x, y']],
  ['b.CSV', 'id;Text\n1;a\n', ['a']],
  ['a.tsv', 'text\tlabel\na "quote"\tx\n', ['a "quote"']],
  ['a.json', '["one", {"text": "two", "label": "x"}]', ['one', 'two']],
  ['a.jsonl', '{"text": "one"}\n\n"two"\n', ['one', 'two']],
  ['lines', '{"text": "one"}\n{"text": "two"}', ['one', 'two']],
])('%s: %j', async (name, contents, texts) => expect(await textsOfFile(name, bytes(contents))).toEqual(texts))

test.each([
  ['\uFEFFone\n\n two ', ['one', 'two']],
  ['{"text": "one"}\n{"text": "two"}', ['one', 'two']],
  ['one, two\nthree', ['one, two', 'three']],
])('%j was pasted', (contents, texts) => expect(pastedTexts(contents)).toEqual(texts))

test('nothing but space was pasted', () => expect(() => pastedTexts(' \n')).toThrow('Cannot find texts in what was pasted: it is empty.'))

test.each([
  ['an image', [0x89, 0x50, 0x4e, 0x47]],
  ['half a letter', [0x61, 0xc3]],
  ['UTF-16', [0x61, 0, 0x62, 0]],
])('a file that is %s is refused', async (_, contents) => {
  await expect(textsOfFile('a.txt', new Uint8Array(contents))).rejects.toThrow(
    'Cannot read a.txt: it is not text in UTF-8. Give a file of texts, and save it as UTF-8.',
  )
})

test.each([
  ['a.txt', ' \n', 'Cannot find texts in a.txt: it is empty.'],
  ['a.csv', 'text\n"open', 'Cannot read the table: '],
  ['a.json', '{"text": "one"}', 'expected a list of texts'],
  ['a.json', '[{"label": "x"}]', 'Cannot find a text in entry 1'],
  ['a.json', '[', 'Cannot read the file as JSON: '],
  ['a.jsonl', '{"text": "one"}\n{', 'Cannot read line 2 as JSON: '],
  ['a.jsonl', 'null', 'Cannot find a text in line 1'],
])('%s that is %j is refused', async (name, contents, message) => {
  await expect(textsOfFile(name, bytes(contents))).rejects.toThrow(message)
})
