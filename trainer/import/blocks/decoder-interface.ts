import { pastNames, presentNames } from '../../../shared/engine/families/key-values.ts'
import type { ModelSizes } from '../../../shared/formats/model-card.ts'
import type { GraphBuilder } from '../../onnx/builder.ts'

/** A layer's keys and values, each [N, kv heads, S, head size] (past) or [B, kv heads, T, head size] (present). */
interface KeyValue {
  readonly key: string
  readonly value: string
}

/** The names of a layer's keys and values: what it is fed, and what it gives. */
export interface LayerKeyValues {
  readonly past: KeyValue
  readonly present: KeyValue
}

/** What a decoder's graph is fed. */
export interface DecoderInputs {
  /** int64 [B, T]: an id of the vocabulary or, from V on, a row of the prompt table. */
  readonly inputIds: string
  /** [R, H] */
  readonly promptTable: string
  /** int64 [B, S + T] */
  readonly attentionMask: string
  /** int64 [B, T] */
  readonly positionIds: string
  readonly layers: readonly LayerKeyValues[]
  /** int64 [B, K] */
  readonly answerPositions: string
  /** int64 [M]: indices among the B · K answers. */
  readonly logitRows: string
  /** The lengths of the axes, each a list of one int64. */
  readonly B: string
  readonly T: string
  readonly S: string
}

/** Declares the inputs of a decoder's graph, in the order of the interface. */
export function decoderInputs(b: GraphBuilder, sizes: ModelSizes): DecoderInputs {
  const { hidden: H, keyValueHeads, headSize } = sizes
  const inputIds = b.input('input_ids', 'int64', ['B', 'T'])
  const promptTable = b.input('prompt_table', 'float32', ['R', H])
  const attentionMask = b.input('attention_mask', 'int64', ['B', 'S+T'])
  const positionIds = b.input('position_ids', 'int64', ['B', 'T'])
  const past = pastNames(sizes).map((name) => b.input(name, 'float32', ['N', keyValueHeads, 'S', headSize]))
  const answerPositions = b.input('answer_positions', 'int64', ['B', 'K'])
  const logitRows = b.input('logit_rows', 'int64', ['M'])
  const [B, T, S] = [b.dimension(inputIds, 0), b.dimension(inputIds, 1), b.dimension(past[0] as string, 2)]
  const present = pairs(presentNames(sizes))
  const layers = pairs(past).map((pair, l) => ({ past: pair, present: present[l] as KeyValue }))
  return { inputIds, promptTable, attentionMask, positionIds, layers, answerPositions, logitRows, B, T, S }
}

/** Makes `hidden` [B, K, H], `logits` [M, V] and each layer's own keys and values the graph's outputs. */
export function decoderOutputs(b: GraphBuilder, { layers }: DecoderInputs, hidden: string, logits: string): void {
  for (const name of [hidden, logits, ...layers.flatMap(({ present }) => [present.key, present.value])]) b.output(name)
}

/** Keys and values in turn, as a pair a layer. */
function pairs(names: readonly string[]): KeyValue[] {
  return Array.from({ length: names.length / 2 }, (_, l) => ({ key: names[2 * l] as string, value: names[2 * l + 1] as string }))
}
