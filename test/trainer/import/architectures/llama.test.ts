import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { presentNames } from '../../../../shared/engine/families/key-values.ts'
import { float32, floatOutput, int64 } from '../../../../shared/tensor.ts'
import { llama } from '../../../../trainer/import/architectures/llama.ts'
import { imported, temporaryFolder } from '../../../fixtures/imported-model.ts'
import { everywhere, feedsOf, useSessions } from '../../../fixtures/model-session.ts'
import { checkpointOf, readReference, relativeError } from '../../../fixtures/reference.ts'

const sessionOf = useSessions()
const folder = temporaryFolder()
const grouped = JSON.parse(readFileSync(`${checkpointOf('gqa-tied')}/config.json`, 'utf8'))

/** The tiny model's config.json with changes; undefined takes a field out. */
const describeWith = (changes: Record<string, unknown>) =>
  llama.describe(JSON.parse(JSON.stringify({ ...grouped, ...changes })), 'config.json')

describe('a config.json', () => {
  test('is read', () => {
    const { config, sizes, tokens, readout, tables, tensors } = describeWith({})
    expect(sizes).toEqual({ vocabulary: 300, hidden: 32, layers: 2, heads: 4, keyValueHeads: 2, headSize: 8, context: 128 })
    expect(tokens).toEqual({ bos: 0, eos: 0 })
    expect(readout).toBe('last')
    const tied = { name: 'model.embed_tokens.weight', layout: 'columns' }
    expect(tables).toEqual({ input: tied, output: tied })
    expect(tensors.get('model.layers.1.mlp.gate_proj.weight')).toEqual([48, 32])
    expect(tensors.size).toBe(20)
    expect(config).toEqual({
      vocab_size: 300,
      hidden_size: 32,
      intermediate_size: 48,
      num_hidden_layers: 2,
      num_attention_heads: 4,
      num_key_value_heads: 2,
      rms_norm_eps: 1e-5,
      tie_word_embeddings: true,
    })
  })

  test('may leave out what has a default', () => {
    const changes = { num_key_value_heads: null, rope_parameters: undefined, bos_token_id: null, eos_token_id: undefined }
    const bare = describeWith({ ...changes, head_dim: undefined, tie_word_embeddings: undefined })
    expect(bare.sizes).toMatchObject({ headSize: 8, keyValueHeads: 4 })
    expect(bare.tokens).toEqual({ bos: null, eos: null })
    expect(bare.tables).toEqual({
      input: { name: 'model.embed_tokens.weight', layout: 'rows' },
      output: { name: 'lm_head.weight', layout: 'columns' },
    })
    expect(bare.tensors.get('lm_head.weight')).toEqual([300, 32])
    for (const field of ['num_key_value_heads', 'head_dim', 'tie_word_embeddings', 'rope_parameters', 'hidden_act'])
      expect(bare.config).not.toHaveProperty(field)
  })

  test('may name several ends: the first is the end', () => {
    expect(describeWith({ eos_token_id: [7, 8] }).tokens).toMatchObject({ eos: 7 })
  })

  test.each([
    ['linear', { rope_type: 'linear', factor: 4 }],
    ['llama3', { rope_type: 'llama3', factor: 8, low_freq_factor: 1, high_freq_factor: 4, original_max_position_embeddings: 32 }],
  ])('scales RoPE as %s, wherever the settings stand', (_, scaling) => {
    const { rope_type: type, ...rest } = scaling
    const { config: together } = describeWith({ rope_parameters: { rope_theta: 500_000, ...scaling } })
    const apart = (rope_scaling: object) => describeWith({ rope_parameters: undefined, rope_theta: 500_000, rope_scaling }).config
    expect(together.rope_parameters).toEqual({ rope_theta: 500_000, ...scaling })
    expect(apart(scaling)).toEqual(together)
    expect(apart({ type, ...rest })).toEqual(together)
    expect(together).not.toEqual(describeWith({ rope_parameters: { rope_theta: 500_000, rope_type: 'default' } }).config)
  })

  test('may spell out what changes nothing, and hold what changes no number', () => {
    const spelt = { num_key_value_heads: 2, attention_bias: false, mlp_bias: false, rope_parameters: undefined, rope_theta: 10_000 }
    const harmless = { pretraining_tp: 2, attention_dropout: 0.1, use_cache: false, torch_dtype: 'float16', transformers_version: '4.40.0' }
    const neutral = { sliding_window: null, partial_rotary_factor: 1, logit_scale: 1, layer_types: ['full_attention', 'full_attention'] }
    expect(describeWith({ ...spelt, ...harmless, ...neutral, rope_scaling: null }).config).toEqual(describeWith({}).config)
    expect(describeWith({ max_position_embeddings: 64 }).config).toEqual(describeWith({}).config)
  })

  test.each<[Record<string, unknown>, RegExp]>([
    [{ hidden_act: 'gelu' }, /hidden_act is wrong: it is gelu, and only silu is built here/],
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
    [{ partial_rotary_factor: 0.5 }, /partial_rotary_factor is wrong: it is 0\.5, and only 1 is built here/],
    [{ sliding_window: 4096 }, /sliding_window is wrong: it is 4096, and what it does is not built here/],
    [{ layer_types: ['full_attention', 'sliding_attention'] }, /layer_types\.1 is wrong: it is sliding_attention/],
    [{ logits_scaling: 8 }, /logits_scaling/],
    [{ final_logit_softcapping: 30 }, /final_logit_softcapping/],
    [{ embedding_multiplier: 12 }, /embedding_multiplier/],
    [{ is_causal: false }, /is_causal/],
    [{ quantization_config: { quant_method: 'gptq' } }, /quantization_config/],
  ])('is refused with %j', (changes, message) => {
    expect(() => describeWith(changes)).toThrow(
      expect.objectContaining({ name: 'SoftPromptError', code: 'unsupported', message: expect.stringMatching(message) }),
    )
  })
})

describe.each([
  ['gqa-tied', 'float32'],
  ['gqa-tied', 'int8'],
  ['mha-untied', 'float32'],
  ['mha-untied', 'int8'],
] as const)('the interface of %s in %s', async (name, weights) => {
  const model = await imported(checkpointOf(name), weights, folder)
  const session = await sessionOf(model)
  const { sizes } = model.card
  const { vocabulary: V, hidden: H, keyValueHeads, headSize } = sizes
  const { rows: texts, prefix } = readReference(name)
  const past = prefix('past', sizes)
  const B = texts.length
  const T = 16

  test.each([
    ['no past', null],
    ['a past', past],
  ])('computes no answers and no scores where none are wanted, with %s', async (_, prefix) => {
    const feeds = feedsOf(texts, prefix, model)
    const answered = await session.run(feeds)
    const unanswered = await session.run({ ...feeds, answer_positions: int64([B, 0]) })
    expect(answered.hidden!.dims).toEqual([B, 1, H])
    expect(answered.logits!.dims).toEqual([0, V])
    expect(unanswered.hidden!.dims).toEqual([B, 0, H])
    expect(unanswered.logits!.dims).toEqual([0, V])
    for (const output of presentNames(sizes)) {
      expect(unanswered[output]!.dims).toEqual([B, keyValueHeads, T, headSize])
      expect(unanswered[output]!.data).toEqual(answered[output]!.data)
    }
  })

  test('answers at any positions, and scores any of the answers', async () => {
    const feeds = feedsOf(texts, past, model)
    const all = await session.run(everywhere(feeds))
    const chosen = await session.run({
      ...feeds,
      answer_positions: int64([B, 2], BigInt64Array.of(1n, 0n, 2n, 2n, 0n, 1n)),
      logit_rows: int64([4], BigInt64Array.of(5n, 0n, 5n, 3n)),
    })
    const take = (values: Float32Array, n: number, places: readonly number[]) =>
      places.flatMap((place) => Array.from(values.subarray(place * n, (place + 1) * n)))
    const places = [1, 0, T + 2, T + 2, 2 * T, 2 * T + 1]
    expect(relativeError(floatOutput(chosen, 'hidden').data, take(floatOutput(all, 'hidden').data, H, places))).toBeLessThan(1e-5)
    const scored = [5, 0, 5, 3].map((answer) => places[answer]!)
    expect(relativeError(floatOutput(chosen, 'logits').data, take(floatOutput(all, 'logits').data, V, scored))).toBeLessThan(1e-5)
  })

  test('looks up virtual tokens in a table of one row or more, and refuses one past it', async () => {
    const table = float32([1, H], model.inputRows([7]))
    const feeds = (id: number) => ({ ...feedsOf([[1, id, 3]], null, model), prompt_table: table })
    const asVirtual = await session.run(feeds(V))
    const asWord = await session.run(feeds(7))
    expect(relativeError(floatOutput(asVirtual, 'hidden').data, floatOutput(asWord, 'hidden').data)).toBeLessThan(1e-6)
    await expect(session.run(feeds(V + 1))).rejects.toThrow(/Gather/)
  })

  test('stays finite where a row may see nothing', async () => {
    const outputs = await session.run({ ...feedsOf(texts, past, model), attention_mask: int64([B, 16 + T]) })
    for (const value of floatOutput(outputs, 'hidden').data) expect(Number.isFinite(value)).toBe(true)
  })
})
