import { z } from 'zod'
import { withoutDefaults } from '../../../shared/formats/base-manifest.ts'
import { checkCard } from '../../../shared/formats/card.ts'
import type { ModelSizes } from '../../../shared/formats/model-card.ts'
import { GraphBuilder } from '../../onnx/builder.ts'
import type { Graph } from '../../onnx/graph.ts'
import { atAnswers } from '../blocks/answer-positions.ts'
import { decoderOutputs } from '../blocks/decoder-interface.ts'
import { fedDecoder, maskedDecoder } from '../blocks/decoder-start.ts'
import { embedding } from '../blocks/embedding.ts'
import { gatedMlp } from '../blocks/gated-mlp.ts'
import { groupedAttention } from '../blocks/grouped-attention.ts'
import { rmsNorm } from '../blocks/rms-norm.ts'
import { defaultRope, inverseFrequencies, type RopeParameters, ropeFields, ropeParameters } from '../blocks/rope-parameters.ts'
import { maxRotations, rotaryTables } from '../blocks/rotary.ts'
import { vocabularyScores } from '../blocks/vocabulary-scores.ts'
import type { Table } from '../weights/matrix-layout.ts'
import type { Weights } from '../weights/weights.ts'
import type { Architecture, Blueprint } from './architecture.ts'
import { requireKnownFields } from './known-fields.ts'
import { unbuilt, unbuiltFields } from './unbuilt-fields.ts'

/** Touvron et al. 2023: RMSNorm before each half of a layer, rotary positions, keys and values shared by groups of heads, SwiGLU, no biases. */
export const llama: Architecture = {
  modelTypes: ['llama'],
  family: 'decoder',
  gpuFamily: 'gpuDecoder',
  defaults: { template: '{text} It was', virtualTokens: 20, init: 'labels', headInit: 'words', learningRate: 0.05, headLearningRate: 0.02 },
  describe(given, where) {
    const config = checkCard(LlamaConfig, given, where, 'unsupported')
    requireKnownFields(given as object, LlamaFields, where)
    const rope = ropeParameters(config, where)
    const { tie_word_embeddings: tied, bos_token_id: bos = null } = config
    const sizes = sizesOf(config)
    const embeddings = 'model.embed_tokens.weight'
    // a table that is the output layer as well lies as one does
    const tables: DecoderTables = {
      input: { name: embeddings, layout: tied ? 'columns' : 'rows' },
      output: { name: tied ? embeddings : 'lm_head.weight', layout: 'columns' },
    }
    return {
      config: numberFields(config, rope),
      sizes,
      tokens: { bos, eos: firstEos(config) },
      readout: 'last',
      tables,
      tensors: shapesOf(config),
      // what older or tied checkpoints carry along, and no Llama computes with
      ignores: (tensor) => /\.rotary_emb\.inv_freq$/.test(tensor) || (tied && tensor === 'lm_head.weight'),
      build: (weights) => buildLlama(weights, sizes, tables, inverseFrequencies(rope, sizes.headSize), config.rms_norm_eps),
    }
  },
}

const size = z
  .int()
  .positive()
  .max(2 ** 24)
const id = z.int().nonnegative()

/** The tables of words: what is looked up, and the output layer. */
interface DecoderTables {
  readonly input: Table
  readonly output: Table
}

/** What is read of a Llama checkpoint's config.json, each field by itself. */
const LlamaFields = z.object({
  ...unbuiltFields,
  ...ropeFields,
  vocab_size: size,
  hidden_size: size,
  intermediate_size: size,
  num_hidden_layers: size.max(1024),
  num_attention_heads: size,
  num_key_value_heads: size.nullish(),
  head_dim: size.nullish(),
  max_position_embeddings: size,
  rms_norm_eps: z.number().positive(),
  hidden_act: z.literal('silu', { error: ({ input }) => unbuilt(input, ['silu']) }),
  attention_bias: z.literal(false).default(false),
  mlp_bias: z.literal(false).default(false),
  tie_word_embeddings: z.boolean().default(false),
  bos_token_id: id.nullish(),
  eos_token_id: z.union([id, z.array(id)]).nullish(),
})

type LlamaConfig = z.infer<typeof LlamaFields>

/** The fields together. */
const LlamaConfig = LlamaFields.superRefine((config, context) => {
  const { heads, keyValueHeads, headSize, vocabulary, context: positions } = sizesOf(config)
  const check = (field: string, holds: boolean, message: string) => {
    if (!holds) context.addIssue({ code: 'custom', path: [field], message })
  }
  const fits = positions * headSize <= maxRotations
  check('head_dim', headSize % 2 === 0, `must be an even number, and it is ${headSize}`)
  check('num_key_value_heads', heads % keyValueHeads === 0, `must divide num_attention_heads, which is ${heads}`)
  check('max_position_embeddings', fits, `must be at most ${maxRotations} / head_dim: lower it to what will be used`)
  // ids from V on mean virtual tokens
  check('bos_token_id', (config.bos_token_id ?? 0) < vocabulary, `must be below vocab_size, which is ${vocabulary}`)
  check('eos_token_id', (firstEos(config) ?? 0) < vocabulary, `must be below vocab_size, which is ${vocabulary}`)
})

function sizesOf(config: LlamaConfig): ModelSizes {
  const { num_attention_heads: heads, hidden_size: hidden } = config
  return {
    vocabulary: config.vocab_size,
    hidden,
    layers: config.num_hidden_layers,
    heads,
    keyValueHeads: config.num_key_value_heads ?? heads,
    headSize: config.head_dim ?? hidden / heads,
    context: config.max_position_embeddings,
  }
}

/** Of several ends, the first. */
function firstEos({ eos_token_id: eos }: Pick<LlamaConfig, 'eos_token_id'>): number | null {
  return [eos ?? null].flat()[0] ?? null
}

/**
 * What changes the numbers. The length of the context doesn't: it only says how many positions there are. A field that every config.json
 * must have always stands here; one of the rest where it is not what a missing one means.
 */
function numberFields(config: LlamaConfig, rope: RopeParameters): Blueprint['config'] {
  const { heads, hidden, keyValueHeads, headSize } = sizesOf(config)
  return withoutDefaults(
    {
      vocab_size: config.vocab_size,
      hidden_size: hidden,
      intermediate_size: config.intermediate_size,
      num_hidden_layers: config.num_hidden_layers,
      num_attention_heads: heads,
      num_key_value_heads: keyValueHeads,
      head_dim: headSize,
      rms_norm_eps: config.rms_norm_eps,
      hidden_act: config.hidden_act,
      attention_bias: config.attention_bias,
      mlp_bias: config.mlp_bias,
      tie_word_embeddings: config.tie_word_embeddings,
      rope_parameters: rope,
    },
    {
      num_key_value_heads: heads,
      head_dim: hidden / heads,
      hidden_act: 'silu',
      attention_bias: false,
      mlp_bias: false,
      tie_word_embeddings: false,
      rope_parameters: defaultRope,
    },
  )
}

/** The tensors of a Llama checkpoint with their shapes. */
function shapesOf(config: LlamaConfig): Map<string, readonly number[]> {
  const { vocabulary: V, hidden: H, layers, heads, keyValueHeads, headSize } = sizesOf(config)
  const { intermediate_size: intermediate } = config
  const shapes = new Map<string, readonly number[]>([
    ['model.embed_tokens.weight', [V, H]],
    ['model.norm.weight', [H]],
  ])
  if (!config.tie_word_embeddings) shapes.set('lm_head.weight', [V, H])
  const layer = {
    'input_layernorm.weight': [H],
    'post_attention_layernorm.weight': [H],
    'self_attn.q_proj.weight': [heads * headSize, H],
    'self_attn.k_proj.weight': [keyValueHeads * headSize, H],
    'self_attn.v_proj.weight': [keyValueHeads * headSize, H],
    'self_attn.o_proj.weight': [H, heads * headSize],
    'mlp.gate_proj.weight': [intermediate, H],
    'mlp.up_proj.weight': [intermediate, H],
    'mlp.down_proj.weight': [H, intermediate],
  }
  for (let l = 0; l < layers; l++) {
    for (const [name, shape] of Object.entries(layer)) shapes.set(`model.layers.${l}.${name}`, shape)
  }
  return shapes
}

/** The graph of a Llama. Its last layer computes keys and values everywhere, and the rest at the answers alone. */
function buildLlama(weights: Weights, sizes: ModelSizes, tables: DecoderTables, frequencies: readonly number[], epsilon: number): Graph {
  const b = new GraphBuilder()
  const { inputs, answers, visibility } = (weights.indices === 'int64' ? maskedDecoder : fedDecoder)(b, sizes)
  const rotary = rotaryTables(b, weights, frequencies, sizes.context)
  const visible = visibility()
  const norm = (x: string, weight: string, output?: string) => rmsNorm(b, weights, x, weight, epsilon, output)

  let x = embedding(b, weights, inputs, tables.input, sizes.vocabulary) // [B, T, H]
  for (const [l, keyValues] of inputs.layers.entries()) {
    const layer = `model.layers.${l}`
    const asking = l === sizes.layers - 1 ? answers : null
    const normed = norm(x, `${layer}.input_layernorm.weight`) // [B, T, H]
    if (asking !== null) x = atAnswers(b, x, asking.rows) // [B, K, H], as all that follows
    const projections = {
      query: `${layer}.self_attn.q_proj.weight`,
      key: `${layer}.self_attn.k_proj.weight`,
      value: `${layer}.self_attn.v_proj.weight`,
      output: `${layer}.self_attn.o_proj.weight`,
    }
    x = b.add('Add', [x, groupedAttention(b, weights, normed, projections, { heads: sizes, inputs, keyValues, rotary, visible, asking })])
    const mlp = { gate: `${layer}.mlp.gate_proj.weight`, up: `${layer}.mlp.up_proj.weight`, down: `${layer}.mlp.down_proj.weight` }
    x = b.add('Add', [x, gatedMlp(b, weights, norm(x, `${layer}.post_attention_layernorm.weight`), mlp)])
  }
  const hidden = norm(x, 'model.norm.weight', 'hidden') // [B, K, H]
  decoderOutputs(b, inputs, hidden, vocabularyScores(b, weights, hidden, inputs.logitRows, tables.output.name))
  return b.build()
}
