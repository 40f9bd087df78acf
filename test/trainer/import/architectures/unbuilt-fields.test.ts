import { expect, test } from 'vitest'
import { z } from 'zod'
import { unbuiltFields } from '../../../../trainer/import/architectures/unbuilt-fields.ts'

const schema = z.object(unbuiltFields)
type Field = keyof typeof unbuiltFields

/** Of each field: what changes no number besides null, and what does. */
const values: Record<Field, { neutral: unknown[]; other: unknown[] }> = {
  partial_rotary_factor: { neutral: [1], other: [0.5, '1'] },
  rotary_pct: { neutral: [1], other: [0.25] },
  no_rope_layers: { neutral: [[1, 1], []], other: [[1, 0], 1] },
  rope_interleaved: { neutral: [false], other: [true] },
  alibi: { neutral: [false], other: [true, 0] },
  use_alibi: { neutral: [false], other: [true] },
  sliding_window: { neutral: [], other: [4096, 0, false] },
  use_sliding_window: { neutral: [false], other: [true] },
  attention_chunk_size: { neutral: [], other: [8192] },
  layer_types: { neutral: [['full_attention', 'full_attention'], []], other: [['full_attention', 'sliding_attention'], 'full_attention'] },
  is_causal: { neutral: [true], other: [false] },
  use_bidirectional_attention: { neutral: [false], other: [true] },
  attention_multiplier: { neutral: [], other: [0.0078125, 1] },
  query_pre_attn_scalar: { neutral: [], other: [256] },
  attn_logit_softcapping: { neutral: [], other: [50] },
  attn_temperature_tuning: { neutral: [false], other: [true] },
  scale_attn_by_inverse_layer_idx: { neutral: [false], other: [true] },
  clip_qkv: { neutral: [], other: [8] },
  qk_norm: { neutral: [false], other: [true] },
  use_qk_norm: { neutral: [false], other: [true] },
  qk_layernorm: { neutral: [false], other: [true] },
  use_parallel_residual: { neutral: [false], other: [true] },
  embedding_multiplier: { neutral: [1], other: [12] },
  residual_multiplier: { neutral: [1], other: [0.22] },
  scale_emb: { neutral: [1], other: [12] },
  scale_depth: { neutral: [], other: [1.4] },
  dim_model_base: { neutral: [], other: [256] },
  logit_scale: { neutral: [1], other: [0.0625] },
  logits_scaling: { neutral: [1], other: [8] },
  final_logit_softcapping: { neutral: [], other: [30] },
  quantization_config: { neutral: [], other: [{ quant_method: 'gptq' }, {}] },
}

test('a config.json may have none of them', () => {
  expect(schema.parse({})).toEqual({})
})

test.each(Object.entries(values))('%s may be null or what changes no number, and nothing else', (field, { neutral, other }) => {
  for (const value of [null, ...neutral]) expect(schema.parse({ [field]: value })).toEqual({ [field]: value })
  for (const value of other)
    expect(schema.safeParse({ [field]: value }).error?.issues, `of ${JSON.stringify(value)}`).toMatchObject([
      { path: expect.arrayContaining([field]) },
    ])
})

test.each([
  ['logit_scale', 0.5, 'it is 0.5, and only 1 is built here'],
  ['is_causal', false, 'it is false, and only true is built here'],
  ['sliding_window', 4096, 'it is 4096, and what it does is not built here'],
  ['quantization_config', { quant_method: 'gptq' }, 'it is {"quant_method":"gptq"}, and what it does is not built here'],
  ['alibi', 'x'.repeat(100), `it is ${'x'.repeat(79)}…, and only false is built here`],
])('%s says what it is and what is built', (field, value, message) => {
  expect(schema.safeParse({ [field]: value }).error?.issues).toMatchObject([{ path: [field], message }])
})

test('of a list, the layer is named', () => {
  const layers = schema.safeParse({ layer_types: ['full_attention', 'linear_attention'] })
  expect(layers.error?.issues).toMatchObject([
    { path: ['layer_types', 1], message: 'it is linear_attention, and only full_attention is built here' },
  ])
})
