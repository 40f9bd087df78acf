import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { bareTexts, specialTokens } from '../../../../trainer/import/sources/special-tokens.ts'
import { checkpointOf } from '../../../fixtures/reference.ts'

const text = { Sequence: { id: 'A', type_id: 0 } }
const special = (id: string, type_id = 0) => ({ SpecialToken: { id, type_id } })
const known = { '[CLS]': { id: '[CLS]', ids: [2], tokens: ['[CLS]'] }, '[SEP]': { ids: [3] }, '[TWO]': { ids: [7, 8] } }
const template = (...single: object[]) => ({ type: 'TemplateProcessing', single, pair: [], special_tokens: known })
const byteLevel = { type: 'ByteLevel', add_prefix_space: true, trim_offsets: false, use_regex: true }
const bert = { type: 'BertProcessing', sep: ['[SEP]', 102], cls: ['[CLS]', 101] }
const roberta = { ...bert, type: 'RobertaProcessing', trim_offsets: true, add_prefix_space: false }
const sequence = (...processors: object[]) => ({ type: 'Sequence', processors })

const around = (processor?: unknown) => specialTokens(JSON.stringify({ post_processor: processor }), 'tokenizer.json')

test.each<[string, unknown, { before: number[]; after: number[] }]>([
  ['nothing said', undefined, { before: [], after: [] }],
  ['null', null, { before: [], after: [] }],
  ['what moves offsets alone', byteLevel, { before: [], after: [] }],
  ['a template', template(special('[CLS]'), text, special('[SEP]')), { before: [2], after: [3] }],
  ['a template with an end alone', template(text, special('[SEP]')), { before: [], after: [3] }],
  ['a template with nothing but the text', template(text), { before: [], after: [] }],
  ['a token that is two ids, and several tokens', template(special('[CLS]'), special('[TWO]'), text), { before: [2, 7, 8], after: [] }],
  ["BERT's own", bert, { before: [101], after: [102] }],
  ["RoBERTa's own", roberta, { before: [101], after: [102] }],
  ['one after another', sequence(byteLevel, template(special('[CLS]'), text)), { before: [2], after: [] }],
  ['one around another', sequence(bert, template(special('[CLS]'), text, special('[SEP]'))), { before: [2, 101], after: [102, 3] }],
  ['none after another', sequence(), { before: [], after: [] }],
])('of %s stands around a text what it says', (_, processor, tokens) => {
  expect(around(processor)).toEqual(tokens)
})

test("a BERT's own tokenizer.json puts [CLS] and [SEP] there", () => {
  const file = `${checkpointOf('bert-exact')}/tokenizer.json`
  expect(specialTokens(readFileSync(file, 'utf8'), file)).toEqual({ before: [2], after: [3] })
})

test('where nothing stands around a text, a warning says what to write', () => {
  const added_tokens = [{ id: 2, content: '[CLS]' }, { id: 3, content: '[SEP]' }] // biome-ignore format: one line
  const none = { before: [], after: [] }
  const warning = bareTexts(none, JSON.stringify({ added_tokens, post_processor: null }), 'it')
  expect(warning).toMatch(/^it has no post_processor that puts tokens around a text, so texts are read without any\. /)
  const [line] = /"post_processor": (\{.*?\}) there/.exec(warning!)!.slice(1)
  expect(around(JSON.parse(line!))).toEqual({ before: [2], after: [3] })

  expect(bareTexts(none, '{}', 'it')).toMatch(/take the tokenizer\.json that it was published with, and import again\.$/)
  expect(bareTexts({ before: [], after: [3] }, JSON.stringify({ added_tokens }), 'it')).toBe(null)
})

describe('is refused', () => {
  test.each<[string, unknown, string, RegExp]>([
    ['a kind that is not known', { type: 'Shuffle' }, 'unsupported', /post_processor is of type Shuffle, which is not supported/],
    ['one among others', sequence(byteLevel, { type: 'Shuffle' }), 'unsupported', /type Shuffle/],
    ['a template without the text', template(special('[CLS]')), 'invalid_model', /must name the text once/],
    ['a template with the text twice', template(text, special('[SEP]'), text), 'invalid_model', /must name the text once/],
    ['a token that the template does not know', template(special('[END]'), text), 'invalid_model', /names \[END\], which is not among/],
    ['a name that every object has', template(special('constructor'), text), 'invalid_model', /names constructor, which is not among/],
    ['a token type that is not fed', template(special('[CLS]', 1), text), 'unsupported', /is of token type 1, and only type 0 is fed/],
    ['a text of such a type', template({ Sequence: { id: 'A', type_id: 2 } }), 'unsupported', /is of token type 2, and only type 0 is fed/],
    ['a template of something else', template({ Word: { id: 'A' } }), 'invalid_model', /wrong at single\.0/],
    ['an id that is none', { ...bert, cls: ['[CLS]', -1] }, 'invalid_model', /wrong at cls\.1/],
    ['no end', { ...bert, sep: undefined }, 'invalid_model', /wrong at sep/],
    ['no processors', { type: 'Sequence' }, 'invalid_model', /wrong at processors/],
    ['no type', {}, 'invalid_model', /field post_processor\.type is wrong/],
    ['a list', [], 'invalid_model', /field post_processor/],
  ])('%s', (_, processor, code, message) => {
    expect(() => around(processor)).toThrow(expect.objectContaining({ code, message: expect.stringMatching(message) }))
  })

  test('what is no JSON', () => {
    expect(() => specialTokens('{', 'it')).toThrow(/Cannot read it: it is not JSON/)
  })
})
