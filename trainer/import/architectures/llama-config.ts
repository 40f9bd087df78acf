import { z } from 'zod'
import { parseCard } from '../../../shared/formats/card.ts'

const size = z
  .int()
  .positive()
  .max(2 ** 24)

const Rope = z.discriminatedUnion('rope_type', [
  z.object({ rope_type: z.literal('default') }),
  z.object({ rope_type: z.literal('linear'), factor: z.number().positive() }),
  z.object({
    rope_type: z.literal('llama3'),
    factor: z.number().positive(),
    low_freq_factor: z.number().positive(),
    high_freq_factor: z.number().positive(),
    original_max_position_embeddings: size,
  }),
])

/** Positions × head size: the tables of rotations take 4 bytes for each. */
const mostRotations = 2 ** 27

/** What is read of a Llama checkpoint's `config.json`, under Hugging Face's names. */
const LlamaConfig = z.object({
  model_type: z.literal('llama'),
  vocab_size: size,
  hidden_size: size,
  intermediate_size: size,
  num_hidden_layers: size.max(1024),
  num_attention_heads: size,
  num_key_value_heads: size.nullish(),
  head_dim: size.nullish(),
  max_position_embeddings: size,
  rms_norm_eps: z.number().positive(),
  hidden_act: z.literal('silu'),
  attention_bias: z.literal(false).default(false),
  mlp_bias: z.literal(false).default(false),
  tie_word_embeddings: z.boolean().default(false),
  bos_token_id: z.int().nonnegative().nullish(),
  eos_token_id: z.union([z.int().nonnegative(), z.array(z.int().nonnegative())]).nullish(),
  rope_theta: z.number().positive().nullish(),
  // transformers 5 keeps rope_theta and the scaling together, transformers 4 apart
  rope_parameters: z.looseObject({ rope_theta: z.number().positive().nullish() }).nullish(),
  rope_scaling: z.looseObject({}).nullish(),
})

export interface LlamaConfig {
  readonly vocabulary: number
  readonly hidden: number
  readonly intermediate: number
  readonly layers: number
  readonly heads: number
  readonly keyValueHeads: number
  readonly headSize: number
  readonly context: number
  readonly epsilon: number
  readonly tied: boolean
  readonly beginning: number | null
  readonly end: number | null
  /** The angle a position adds, for each pair of a head's numbers: [head size / 2], in radians. */
  readonly inverseFrequencies: readonly number[]
}

/** A `config.json`'s text, checked. Throws where it is no Llama or uses what is not built here. */
export function parseConfig(text: string, where: string): LlamaConfig {
  const config = parseCard(LlamaConfig, text, where, 'unsupported')
  const headSize = config.head_dim ?? config.hidden_size / config.num_attention_heads
  const theta = config.rope_parameters?.rope_theta ?? config.rope_theta ?? 10_000
  const scaling = { rope_type: 'default', ...(config.rope_parameters ?? config.rope_scaling) } as Record<string, unknown>
  const rope = parseCard(
    Rope,
    JSON.stringify({ ...scaling, rope_type: scaling.type ?? scaling.rope_type }),
    `the RoPE settings of ${where}`,
    'unsupported',
  )
  const heads = config.num_attention_heads
  const keyValueHeads = config.num_key_value_heads ?? heads
  const [beginning, end] = [config.bos_token_id ?? null, [config.eos_token_id ?? null].flat()[0] ?? null]
  // ids from V on mean virtual tokens
  const id = z
    .int()
    .max(config.vocab_size - 1)
    .nullable()
  const keyValues = z.int().refine((count) => heads % count === 0, `must divide num_attention_heads, which is ${heads}`)
  const positions = z
    .int()
    .max(Math.floor(mostRotations / headSize), `must be at most ${mostRotations} / head_dim: lower it to what will be used`)
  parseCard(
    z.object({
      head_dim: z.int().multipleOf(2),
      num_key_value_heads: keyValues,
      max_position_embeddings: positions,
      bos_token_id: id,
      eos_token_id: id,
    }),
    JSON.stringify({
      head_dim: headSize,
      num_key_value_heads: keyValueHeads,
      max_position_embeddings: config.max_position_embeddings,
      bos_token_id: beginning,
      eos_token_id: end,
    }),
    `the head sizes and special tokens of ${where}`,
    'unsupported',
  )
  return {
    vocabulary: config.vocab_size,
    hidden: config.hidden_size,
    intermediate: config.intermediate_size,
    layers: config.num_hidden_layers,
    heads,
    keyValueHeads,
    headSize,
    context: config.max_position_embeddings,
    epsilon: config.rms_norm_eps,
    tied: config.tie_word_embeddings,
    beginning,
    end,
    inverseFrequencies: Array.from({ length: headSize / 2 }, (_, i) => scaleFrequency(theta ** ((-2 * i) / headSize), rope)),
  }
}

/** One inverse frequency under the checkpoint's RoPE scaling, as transformers computes it. */
function scaleFrequency(frequency: number, rope: z.infer<typeof Rope>): number {
  if (rope.rope_type === 'default') return frequency
  if (rope.rope_type === 'linear') return frequency / rope.factor
  const { factor, low_freq_factor: low, high_freq_factor: high, original_max_position_embeddings: original } = rope
  const turns = (original * frequency) / (2 * Math.PI) // over the original context
  if (turns < low) return frequency / factor
  if (turns > high) return frequency
  const smooth = (turns - low) / (high - low)
  return ((1 - smooth) * frequency) / factor + smooth * frequency
}
