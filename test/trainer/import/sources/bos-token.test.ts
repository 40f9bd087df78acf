import { expect, test } from 'vitest'
import { wantsBos } from '../../../../trainer/import/sources/bos-token.ts'

const text = { Sequence: { id: 'A', type_id: 0 } }
const special = { SpecialToken: { id: '<s>', type_id: 0 } }
const template = (...single: object[]) => ({ type: 'TemplateProcessing', single, pair: [], special_tokens: {} })
const byteLevel = { type: 'ByteLevel', add_prefix_space: true, trim_offsets: false, use_regex: true }

test.each<[string, unknown, unknown, boolean]>([
  ['nothing', undefined, null, true],
  ['nothing about it', { model_max_length: 10 }, byteLevel, true],
  ['yes', { add_bos_token: true }, template(text), true],
  ['no', { add_bos_token: false }, template(special, text), false],
  ['null and a template with it', { add_bos_token: null }, template(special, text), true],
  ['a template with it', undefined, template(special, text), true],
  ['a template without it', undefined, template(text), false],
  ['a template with an end alone', undefined, template(text, special), false],
  ['a sequence of processors with it', undefined, { type: 'Sequence', processors: [byteLevel, template(special, text)] }, true],
  ['a sequence of processors without it', undefined, { type: 'Sequence', processors: [byteLevel, template(text)] }, false],
])('where the tokenizer says %s', (_, settings, processor, begins) => {
  const tokenizer = JSON.stringify({ version: '1.0', ...(processor === undefined ? {} : { post_processor: processor }) })
  expect(wantsBos(settings === undefined ? null : JSON.stringify(settings), tokenizer, 'a checkpoint')).toBe(begins)
})

test('a tokenizer_config.json that says neither yes nor no is refused', () => {
  expect(() => wantsBos('{"add_bos_token": "yes"}', '{}', 'a checkpoint')).toThrow(
    /tokenizer_config\.json of a checkpoint: field add_bos_token is wrong/,
  )
})
