import { pastNames, presentNames } from '../../../shared/engine/families/decoder.ts'
import { GraphBuilder } from '../../onnx/builder.ts'
import { type Dims, float, type Graph, int, ints } from '../../onnx/graph.ts'
import type { Weights } from '../weights/weights.ts'
import type { LlamaConfig } from './llama-config.ts'

/** Added to the score of a position that may not be seen: exp of it is 0, and a row that sees nothing stays finite. */
const unseen = -1e9

/**
 * The graph of a Llama, with the interface of a model package. Past and present keys are multiplied apart, so that a
 * longer padding of one never moves the other's sums; queries carry the 1/√(head size) in their weights.
 */
export function emitLlama(config: LlamaConfig, weights: Weights): Graph {
  const { vocabulary: V, hidden: H, layers: L, heads, keyValueHeads, headSize } = config
  const groups = heads / keyValueHeads
  const b = new GraphBuilder()

  const inputIds = b.input('input_ids', 'int64', ['B', 'T'])
  const promptTable = b.input('prompt_table', 'float32', ['R', H])
  const attentionMask = b.input('attention_mask', 'int64', ['B', 'S+T'])
  const positionIds = b.input('position_ids', 'int64', ['B', 'T'])
  const past = pastNames(config).map((name) => b.input(name, 'float32', ['N', keyValueHeads, 'S', headSize]))
  const present = presentNames(config)
  const answerPositions = b.input('answer_positions', 'int64', ['B', 'K'])
  const logitRows = b.input('logit_rows', 'int64', ['M'])

  const B = b.dimension(inputIds, 0)
  const T = b.dimension(inputIds, 1)
  const S = b.dimension(past[0] as string, 2)
  const answers = answerIndex()
  const [cos, sin] = rotationTables()
  const seen = visibility()

  let x = embed()
  for (let l = 0; l < L; l++) {
    const layer = `model.layers.${l}`
    const last = l === L - 1
    const normed = norm(x, `${layer}.input_layernorm.weight`)
    if (last) x = atAnswers(x)
    x = b.add('Add', [x, attention(l, normed, last)])
    x = b.add('Add', [x, mlp(layer, norm(x, `${layer}.post_attention_layernorm.weight`))])
  }
  const hidden = norm(x, 'model.norm.weight', 'hidden') // [B, K, H]
  b.output(hidden)
  b.output(scoreVocabulary(hidden))
  for (const name of present) b.output(name)
  return b.build()

  /** Rows of the vocabulary or, from id V on, of the prompt table: [B, T, H]. */
  function embed(): string {
    const isVirtual = b.add('LessOrEqual', [b.integers(V), inputIds])
    const rows = b.add('Max', [b.add('Sub', [inputIds, b.integers(V)]), b.integers(0)])
    const virtual = b.add('Gather', [promptTable, rows], { attributes: { axis: int(0) } })
    const ids = b.add('Min', [inputIds, b.integers(V - 1)])
    const words = weights.lookup(b, ids, 'model.embed_tokens.weight', config.tied)
    return b.add('Where', [b.add('Unsqueeze', [isVirtual, b.integers([2])]), virtual, words])
  }

  function norm(value: string, weight: string, name?: string): string {
    const attributes = { axis: int(-1), epsilon: float(config.epsilon), stash_type: int(1) }
    const options = name === undefined ? { attributes } : { attributes, name }
    return b.addPair('SimplifiedLayerNormalization', [value, weights.vector(b, weight)], options)[0]
  }

  /** [B, Q, H], where Q is T or, in the last layer, K: there only the answers ask. */
  function attention(l: number, normed: string, last: boolean): string {
    const layer = `model.layers.${l}.self_attn`
    const [pastKey, pastValue] = past.slice(2 * l, 2 * l + 2) as [string, string]
    const [presentKey, presentValue] = present.slice(2 * l, 2 * l + 2) as [string, string]
    const key = toHeads(rotate(weights.linear(b, normed, `${layer}.k_proj.weight`), positionIds), keyValueHeads, presentKey)
    const value = toHeads(weights.linear(b, normed, `${layer}.v_proj.weight`), keyValueHeads, presentValue)
    const asking = last ? atAnswers(normed) : normed
    const positions = last ? b.add('Gather', [b.add('Reshape', [positionIds, b.integers([-1])], { shape: ['B*T'] }), answers]) : positionIds
    const scaled = weights.linear(b, asking, `${layer}.q_proj.weight`, headSize ** -0.5)
    const query = toGroups(toHeads(rotate(scaled, positions), heads), last)

    const pastScores = multiply(query, b.transpose(grouped(pastKey)), 'S', last)
    const textScores = multiply(query, b.transpose(grouped(key)), 'T', last)
    const axis = b.rankOf(query) - 1
    const scores = b.add('Concat', [pastScores, textScores], { attributes: { axis: int(axis) } })
    const seenScores = b.add('Add', [scores, last ? seen.answers : seen.text])
    const probabilities = b.add('Softmax', [seenScores], { attributes: { axis: int(axis) } })
    const [toPast, toText] = b.split(probabilities, axis, [S, T], ['S', 'T']) as [string, string]
    const context = b.add('Add', [multiply(toPast, grouped(pastValue), headSize, last), multiply(toText, grouped(value), headSize, last)])
    return weights.linear(b, fromHeads(context, last), `${layer}.o_proj.weight`)
  }

  function mlp(layer: string, value: string): string {
    const gate = weights.linear(b, value, `${layer}.mlp.gate_proj.weight`)
    const up = weights.linear(b, value, `${layer}.mlp.up_proj.weight`)
    return weights.linear(b, b.add('Mul', [b.add('SiLU', [gate]), up]), `${layer}.mlp.down_proj.weight`)
  }

  /** The rows of the output layer that are asked for: [M, V]. */
  function scoreVocabulary(value: string): string {
    const flat = b.add('Reshape', [value, b.integers([-1, H])], { shape: ['B*K', H] })
    const rows = b.add('Unsqueeze', [b.add('Gather', [flat, logitRows], { attributes: { axis: int(0) } }), b.integers([0])])
    const scores = weights.linear(b, rows, config.tied ? 'model.embed_tokens.weight' : 'lm_head.weight')
    return b.add('Squeeze', [scores, b.integers([0])], { name: 'logits' })
  }

  function rotate(value: string, positions: string): string {
    return b.add('RotaryEmbedding', [value, positions, cos, sin])
  }

  /** [B, Q, n · head size] → [B, n, Q, head size] */
  function toHeads(value: string, n: number, name?: string): string {
    const split = b.add('Reshape', [value, b.integers([0, 0, n, headSize])])
    const attributes = { perm: ints([0, 2, 1, 3]) }
    return b.add('Transpose', [split], name === undefined ? { attributes } : { attributes, name })
  }

  /** [B, heads, Q, head size] → [B, kv heads, groups, Q, head size], where several heads share keys and values. */
  function toGroups(query: string, last: boolean): string {
    if (groups === 1) return query
    const shape = ['B', keyValueHeads, groups, last ? 'K' : 'T', headSize]
    return b.add('Reshape', [query, b.integers([0, keyValueHeads, groups, -1, headSize])], { shape })
  }

  /** Keys, values or visibility with an axis of 1 for the groups, where there are groups. */
  function grouped(value: string): string {
    return groups === 1 ? value : b.add('Unsqueeze', [value, b.integers([2])])
  }

  /** A product whose second factor may be one for the whole batch (N = 1). */
  function multiply(a: string, factor: string, columns: string | number, last: boolean): string {
    const shape: Dims = [...(groups === 1 ? ['B', heads] : ['B', keyValueHeads, groups]), last ? 'K' : 'T', columns]
    return b.add('MatMul', [a, factor], { shape })
  }

  function fromHeads(context: string, last: boolean): string {
    const Q = last ? 'K' : 'T'
    const apart =
      groups === 1 ? context : b.add('Reshape', [context, b.integers([0, heads, -1, headSize])], { shape: ['B', heads, Q, headSize] })
    const together = b.add('Transpose', [apart], { attributes: { perm: ints([0, 2, 1, 3]) } })
    return b.add('Reshape', [together, b.integers([0, 0, heads * headSize])])
  }

  /** Where each answer lies among the B · T positions: [B, K]. */
  function answerIndex(): string {
    const rows = b.add('Mul', [range(B, 'B'), b.add('Squeeze', [T, b.integers([0])])])
    return b.add('Add', [answerPositions, b.add('Unsqueeze', [rows, b.integers([1])])])
  }

  /** [B, T, H] → [B, K, H] */
  function atAnswers(value: string): string {
    const flat = b.add('Reshape', [value, b.integers([-1, H])], { shape: ['B*T', H] })
    return b.add('Gather', [flat, answers], { attributes: { axis: int(0) } })
  }

  /** What is added to the scores, [B, 1, Q, S + T]: 0 where position Q may look, `unseen` elsewhere. */
  function visibility(): { text: string; answers: string } {
    const known = b.add('Cast', [attentionMask], { attributes: { to: int(9) } })
    const [knownPast, knownText] = b.split(known, 1, [S, T], ['S', 'T']).map((part) => b.add('Unsqueeze', [part, b.integers([1, 2])])) as [
      string,
      string,
    ]
    const columns = range(T, 'T')
    const bias = (rows: string, length: string, Q: string) => {
      const notLater = b.add('LessOrEqual', [columns, b.add('Unsqueeze', [rows, b.integers([3])])]) // [B | 1, 1, Q, T]
      const text = b.add('And', [notLater, knownText])
      const one = b.integers([1])
      const spread = b.add('Concat', [one, one, length, one], { attributes: { axis: int(0) } })
      const past = b.add('Expand', [knownPast, spread], { shape: ['B', 1, Q, 'S'] })
      const either = b.add('Concat', [past, text], { attributes: { axis: int(3) } })
      return grouped(b.add('Where', [either, b.floats(0), b.floats(unseen)]))
    }
    return {
      text: bias(b.add('Unsqueeze', [columns, b.integers([0, 1])]), T, 'T'),
      answers: bias(b.add('Unsqueeze', [answerPositions, b.integers([1])]), b.dimension(answerPositions, 1), 'K'),
    }
  }

  /** 0 … length − 1 */
  function range(length: string, dim: string): string {
    const end = b.add('Squeeze', [length, b.integers([0])])
    return b.add('Range', [b.integers(0), end, b.integers(1)], { shape: [dim] })
  }

  /** cos and sin of each position's angles: [context, head size / 2] each. Angles are rounded to float32, as transformers does. */
  function rotationTables(): [string, string] {
    const half = headSize / 2
    const frequencies = Float32Array.from(config.inverseFrequencies)
    const table = (name: string, of: (angle: number) => number) => {
      const values = new Float32Array(config.context * half)
      for (let i = 0; i < values.length; i++) values[i] = of(Math.fround(Math.floor(i / half) * (frequencies[i % half] as number)))
      return weights.constant(b, name, [config.context, half], values)
    }
    return [table('rotary.cos', Math.cos), table('rotary.sin', Math.sin)]
  }
}
