import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parseConfig } from '../../../../trainer/import/architectures/llama-config.ts'
import { checkpointOf } from '../../../fixtures/reference.ts'

const grouped = JSON.parse(readFileSync(`${checkpointOf('gqa-tied')}/config.json`, 'utf8'))

/** The tiny configuration with changes; undefined takes a field out. */
const parse = (changes: Record<string, unknown>) => parseConfig(JSON.stringify({ ...grouped, ...changes }), 'config.json')

describe('a config.json', () => {
  test('is read', () => {
    expect(parse({})).toMatchObject({
      vocabulary: 300,
      hidden: 32,
      intermediate: 48,
      layers: 2,
      heads: 4,
      keyValueHeads: 2,
      headSize: 8,
      context: 128,
      epsilon: 1e-5,
      tied: true,
      beginning: 0,
      end: 0,
    })
  })

  test('may leave out what has a default', () => {
    const bare = parse({
      head_dim: undefined,
      num_key_value_heads: null,
      rope_parameters: undefined,
      tie_word_embeddings: undefined,
      bos_token_id: null,
      eos_token_id: undefined,
    })
    expect(bare).toMatchObject({ headSize: 8, keyValueHeads: 4, tied: false, beginning: null, end: null })
    expect(bare.inverseFrequencies).toEqual([1, 10_000 ** -0.25, 0.01, 10_000 ** -0.75])
  })

  test('may name several ends: the first is the end', () => {
    expect(parse({ eos_token_id: [7, 8] }).end).toBe(7)
  })

  test.each([
    ['linear', { rope_type: 'linear', factor: 4 }],
    ['llama3', { rope_type: 'llama3', factor: 8, low_freq_factor: 1, high_freq_factor: 4, original_max_position_embeddings: 32 }],
  ])('scales RoPE as %s, wherever the settings stand', (_, scaling) => {
    const { rope_type: type, ...rest } = scaling
    const together = parse({ rope_parameters: { rope_theta: 500_000, ...scaling } })
    expect(parse({ rope_parameters: undefined, rope_theta: 500_000, rope_scaling: scaling })).toEqual(together)
    expect(parse({ rope_parameters: undefined, rope_theta: 500_000, rope_scaling: { type, ...rest } })).toEqual(together)
    expect(together).not.toEqual(parse({ rope_parameters: { rope_theta: 500_000, rope_type: 'default' } }))
  })

  test('divides the frequencies of linear scaling', () => {
    const plain = parse({}).inverseFrequencies
    expect(
      parse({ rope_scaling: { type: 'linear', factor: 2 }, rope_parameters: undefined, rope_theta: 10_000 }).inverseFrequencies,
    ).toEqual(plain.map((frequency) => frequency / 2))
  })

  test.each<[Record<string, unknown>, RegExp]>([
    [{ model_type: 'mistral' }, /model_type/],
    [{ hidden_act: 'gelu' }, /hidden_act/],
    [{ attention_bias: true }, /attention_bias/],
    [{ mlp_bias: true }, /mlp_bias/],
    [{ vocab_size: undefined }, /vocab_size/],
    [{ num_hidden_layers: 0 }, /num_hidden_layers/],
    [{ hidden_size: 1e12 }, /hidden_size/],
    [{ rms_norm_eps: -1 }, /rms_norm_eps/],
    [{ rope_parameters: { rope_type: 'dynamic', factor: 2 } }, /RoPE settings.*rope_type/],
    [{ rope_parameters: undefined, rope_scaling: { type: 'longrope' } }, /RoPE settings.*rope_type/],
    [{ rope_parameters: { rope_type: 'linear' } }, /RoPE settings.*factor/],
    [{ head_dim: 7 }, /head_dim/],
    [{ head_dim: undefined, hidden_size: 30 }, /head_dim/],
    [{ num_key_value_heads: 3 }, /num_key_value_heads is wrong: must divide/],
    [{ bos_token_id: 300 }, /bos_token_id/],
    [{ eos_token_id: [1_000_000] }, /eos_token_id/],
  ])('is refused with %j', (changes, message) => {
    expect(() => parse(changes)).toThrow(
      expect.objectContaining({ name: 'SoftPromptError', code: 'unsupported', message: expect.stringMatching(message) }),
    )
  })
})
