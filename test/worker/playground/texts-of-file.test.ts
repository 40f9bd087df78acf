import { expect, test } from 'vitest'
import { textsOfFile } from '../../../worker/playground/texts-of-file.ts'

test.each([
  ['lines.txt', 'one\r\n\n  two \n', ['one', 'two']],
  ['what was pasted', '\uFEFFone\ntwo', ['one', 'two']],
  ['a.csv', 'id,text\n1,"a, b"\n2,"two\nlines"\n', ['a, b', 'two\nlines']],
  ['a.csv', 'first;second\nx, y;z\n', ['first', 'x, y']],
  ['b.CSV', 'id;Text\n1;a\n', ['a']],
  ['a.tsv', 'text\tlabel\na "quote"\tx\n', ['a "quote"']],
  ['a.json', '["one", {"text": "two", "label": "x"}]', ['one', 'two']],
  ['a.jsonl', '{"text": "one"}\n\n"two"\n', ['one', 'two']],
  ['what was pasted', '{"text": "one"}\n{"text": "two"}', ['one', 'two']],
])('%s: %j', (name, contents, texts) => expect(textsOfFile(name, contents)).toEqual(texts))

test.each([
  ['a.txt', ' \n', 'Cannot find texts in a.txt: it is empty.'],
  ['a.csv', 'text\n"open', 'Cannot read the table: '],
  ['a.json', '{"text": "one"}', 'expected a list of texts'],
  ['a.json', '[{"label": "x"}]', 'Cannot find a text in entry 1'],
  ['a.json', '[', 'Cannot read the file as JSON: '],
  ['a.jsonl', '{"text": "one"}\n{', 'Cannot read line 2 as JSON: '],
  ['a.jsonl', 'null', 'Cannot find a text in line 1'],
])('%s that is %j is refused', (name, contents, message) => expect(() => textsOfFile(name, contents)).toThrow(message))
