import { z } from 'zod'
import { withoutDefaults } from '../../../shared/formats/base-manifest.ts'
import { checkCard } from '../../../shared/formats/card.ts'
import type { ModelSizes } from '../../../shared/formats/model-card.ts'
import { GraphBuilder } from '../../onnx/builder.ts'
import { type Graph, string } from '../../onnx/graph.ts'
import { affine } from '../blocks/affine.ts'
import { attention } from '../blocks/attention.ts'
import { fromHeads, toHeads } from '../blocks/attention-heads.ts'
import { embedding } from '../blocks/embedding.ts'
import { type EncoderInputs, encoderInputs, encoderOutputs } from '../blocks/encoder-interface.ts'
import type { LayerKeyValues } from '../blocks/key-value-interface.ts'
import { layerNorm } from '../blocks/layer-norm.ts'
import type { Weights } from '../weights/weights.ts'
import type { Architecture, Blueprint } from './architecture.ts'
import { requireKnownFields } from './known-fields.ts'
import { only, unbuilt, unbuiltFields } from './unbuilt-fields.ts'

/** Devlin et al. 2019: learned positions, token types, LayerNorm behind each half of a layer, GELU, biases everywhere. Also MiniLM. */
export const bert: Architecture = {
  modelTypes: ['bert'],
  family: 'encoder',
  defaults: { template: '{text}', virtualTokens: 5, init: 'zeros', headInit: 'zeros', learningRate: 0.05, headLearningRate: 0.02 },
  describe(given, where) {
    const config = checkCard(BertConfig, given, where, 'unsupported')
    requireKnownFields(given as object, BertConfig, where)
    const sizes = sizesOf(config)
    return {
      config: numberFields(config),
      sizes,
      tokens: 'post-processor',
      readout: 'mean',
      tables: { input: words, output: null },
      tensors: shapesOf(config),
      rename: plainName,
      // heads for tasks, and a buffer of older checkpoints
      ignores: (tensor) => /^(pooler|cls|classifier|qa_outputs)\.|^embeddings\.position_ids$/.test(tensor),
      build: (weights) => buildBert(weights, sizes, config),
    }
  },
}

/** How models with a head call the encoder's tensors, and how the first checkpoints called those of a norm. */
function plainName(tensor: string): string {
  return tensor.replace(/^bert\./, '').replace(/LayerNorm\.gamma$/, 'LayerNorm.weight').replace(/LayerNorm\.beta$/, 'LayerNorm.bias') // biome-ignore format: one thought
}

const words = { name: 'embeddings.word_embeddings.weight', layout: 'rows' } as const
const positions = { name: 'embeddings.position_embeddings.weight', layout: 'rows' } as const
const types = { name: 'embeddings.token_type_embeddings.weight', layout: 'rows' } as const

const size = z
  .int()
  .positive()
  .max(2 ** 24)

/** The names of GELU, exact and by the tanh that stands for it; of one formula in transformers but for rounding. */
const activations = { gelu: 'none', gelu_python: 'none', gelu_new: 'tanh', gelu_fast: 'tanh', gelu_pytorch_tanh: 'tanh' } as const
const activationNames = Object.keys(activations) as [keyof typeof activations]

/** What is read of a BERT checkpoint's config.json. */
const BertConfig = z
  .object({
    ...unbuiltFields,
    vocab_size: size,
    hidden_size: size,
    intermediate_size: size,
    num_hidden_layers: size.max(1024),
    num_attention_heads: size,
    max_position_embeddings: size,
    type_vocab_size: size.default(2),
    layer_norm_eps: z.number().positive().default(1e-12),
    hidden_act: z.enum(activationNames, { error: ({ input }) => unbuilt(input, activationNames) }).default('gelu'),
    position_embedding_type: only('absolute'),
    is_decoder: only(false),
    add_cross_attention: only(false),
    is_causal: only(false),
    pruned_heads: z.record(z.string(), z.never('what pruned heads leave is not built here')).nullish(),
  })
  .refine((config) => config.hidden_size % config.num_attention_heads === 0, {
    path: ['num_attention_heads'],
    message: 'must divide hidden_size',
  })
type BertConfig = z.infer<typeof BertConfig>

function sizesOf({ hidden_size: hidden, num_attention_heads: heads, ...config }: BertConfig): ModelSizes {
  return {
    vocabulary: config.vocab_size,
    hidden,
    layers: config.num_hidden_layers,
    heads,
    keyValueHeads: heads,
    headSize: hidden / heads,
    context: config.max_position_embeddings,
  }
}

/** What changes the numbers: the shapes of the tensors say the rest. */
function numberFields(config: BertConfig): Blueprint['config'] {
  return withoutDefaults(
    {
      vocab_size: config.vocab_size,
      hidden_size: config.hidden_size,
      intermediate_size: config.intermediate_size,
      num_hidden_layers: config.num_hidden_layers,
      num_attention_heads: config.num_attention_heads,
      type_vocab_size: config.type_vocab_size,
      layer_norm_eps: config.layer_norm_eps,
      hidden_act: activations[config.hidden_act] === 'tanh' ? 'gelu_pytorch_tanh' : 'gelu',
    },
    { type_vocab_size: 2, layer_norm_eps: 1e-12, hidden_act: 'gelu' },
  )
}

/** The tensors of a BERT checkpoint with their shapes. */
function shapesOf(config: BertConfig): Map<string, readonly number[]> {
  const { hidden_size: H, intermediate_size: intermediate, vocab_size: V, max_position_embeddings: context } = config
  const shapes = new Map<string, readonly number[]>([
    [words.name, [V, H]],
    [positions.name, [context, H]],
    [types.name, [config.type_vocab_size, H]],
    ['embeddings.LayerNorm.weight', [H]],
    ['embeddings.LayerNorm.bias', [H]],
  ])
  const linear = {
    'attention.self.query': [H, H],
    'attention.self.key': [H, H],
    'attention.self.value': [H, H],
    'attention.output.dense': [H, H],
    'intermediate.dense': [intermediate, H],
    'output.dense': [H, intermediate],
  }
  for (let l = 0; l < config.num_hidden_layers; l++) {
    const layer = `encoder.layer.${l}`
    for (const [name, [rows = 0, columns = 0]] of Object.entries(linear)) {
      shapes.set(`${layer}.${name}.weight`, [rows, columns])
      shapes.set(`${layer}.${name}.bias`, [rows])
    }
    for (const norm of ['attention.output.LayerNorm', 'output.LayerNorm']) {
      shapes.set(`${layer}.${norm}.weight`, [H])
      shapes.set(`${layer}.${norm}.bias`, [H])
    }
  }
  return shapes
}

function buildBert(weights: Weights, sizes: ModelSizes, config: BertConfig): Graph {
  const b = new GraphBuilder()
  const inputs = encoderInputs(b, sizes)
  const norm = (x: string, y: string, name: string) => layerNorm(b, weights, b.add('Add', [x, y]), name, config.layer_norm_eps)

  const placed = b.add('Add', [weights.lookup(b, inputs.positionIds, positions), weights.lookup(b, inputs.tokenTypeIds, types)])
  let x = norm(embedding(b, weights, inputs, words, sizes.vocabulary), placed, 'embeddings.LayerNorm') // [B, T, H]
  for (const [l, keyValues] of inputs.layers.entries()) {
    const layer = `encoder.layer.${l}`
    x = norm(x, selfAttention(b, weights, x, `${layer}.attention`, sizes, inputs, keyValues), `${layer}.attention.output.LayerNorm`)
    const risen = affine(b, weights, x, `${layer}.intermediate.dense`)
    const active = b.add('Gelu', [risen], { attributes: { approximate: string(activations[config.hidden_act]) } })
    x = norm(x, affine(b, weights, active, `${layer}.output.dense`), `${layer}.output.LayerNorm`)
  }
  encoderOutputs(b, inputs, x)
  return b.build()
}

/** Attention of `x` [B, T, H] to the past and to all of itself: [B, T, H]. Queries carry the 1/√(head size) in their weights. */
function selfAttention(
  b: GraphBuilder,
  weights: Weights,
  x: string,
  name: string,
  sizes: ModelSizes,
  { attentionBias, S, T }: EncoderInputs,
  { past, present }: LayerKeyValues,
): string {
  const { heads, headSize } = sizes
  const apart = (part: string, scale = 1, output?: string) => toHeads(b, affine(b, weights, x, `${name}.self.${part}`, scale), heads, headSize, output) // biome-ignore format: one thought
  const text = { key: apart('key', 1, present.key), value: apart('value', 1, present.value) }
  const query = apart('query', headSize ** -0.5)
  const context = attention(b, { layout: sizes, query, past, text, seen: attentionBias, Q: 'T', S, T })
  return affine(b, weights, fromHeads(b, context, sizes, 'T'), `${name}.output.dense`)
}
