import { z } from 'zod'
import { excerpt } from '../../../shared/error.ts'

/** What is wrong with a field that is none of `values`. */
export function unbuilt(input: unknown, values: readonly (string | number | boolean)[]): string {
  return `it is ${excerpt(input)}, and only ${values.join(' or ')} is built here`
}

/** A field that may be missing, null or one of `values`. */
export function only(...values: readonly (string | number | boolean)[]) {
  return z.literal(values, { error: ({ input }) => unbuilt(input, values) }).nullish()
}

/** A field that may be missing or null. */
const absent = z.null({ error: ({ input }) => `it is ${excerpt(input)}, and what it does is not built here` }).optional()

/**
 * Fields of config.json by which some models compute something else than the plain transformer, each at the values where they don't. An
 * architecture puts them into its schema, and after them its own schema of each one that it builds.
 */
export const unbuiltFields = {
  // positions
  partial_rotary_factor: only(1),
  rotary_pct: only(1),
  no_rope_layers: z.array(only(1)).nullish(),
  rope_interleaved: only(false),
  alibi: only(false),
  use_alibi: only(false),
  // which positions are seen
  sliding_window: absent,
  use_sliding_window: only(false),
  attention_chunk_size: absent,
  layer_types: z.array(only('full_attention')).nullish(),
  is_causal: only(true),
  use_bidirectional_attention: only(false),
  // queries, keys and the scores between them
  attention_multiplier: absent,
  query_pre_attn_scalar: absent,
  attn_logit_softcapping: absent,
  attn_temperature_tuning: only(false),
  scale_attn_by_inverse_layer_idx: only(false),
  clip_qkv: absent,
  qk_norm: only(false),
  use_qk_norm: only(false),
  qk_layernorm: only(false),
  // the stream between the layers, and the output
  use_parallel_residual: only(false),
  embedding_multiplier: only(1),
  residual_multiplier: only(1),
  scale_emb: only(1),
  scale_depth: absent,
  dim_model_base: absent,
  logit_scale: only(1),
  logits_scaling: only(1),
  final_logit_softcapping: absent,
  // how the weights are stored
  quantization_config: absent,
}
