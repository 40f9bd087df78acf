import type { ModelSizes } from '../../../shared/formats/model-card.ts'
import type { GraphBuilder } from '../../onnx/builder.ts'
import { keyValueInputs, type LayerKeyValues } from './key-value-interface.ts'

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
  const { hidden: H } = sizes
  const inputIds = b.input('input_ids', 'int64', ['B', 'T'])
  const promptTable = b.input('prompt_table', 'float32', ['R', H])
  const attentionMask = b.input('attention_mask', 'int64', ['B', 'S+T'])
  const positionIds = b.input('position_ids', 'int64', ['B', 'T'])
  const layers = keyValueInputs(b, sizes)
  const answerPositions = b.input('answer_positions', 'int64', ['B', 'K'])
  const logitRows = b.input('logit_rows', 'int64', ['M'])
  const [B, T, S] = [b.dimension(inputIds, 0), b.dimension(inputIds, 1), b.dimension((layers[0] as LayerKeyValues).past.key, 2)]
  return { inputIds, promptTable, attentionMask, positionIds, layers, answerPositions, logitRows, B, T, S }
}

/** Makes `hidden` [B, K, H], `logits` [M, V] and each layer's own keys and values the graph's outputs. */
export function decoderOutputs(b: GraphBuilder, { layers }: Pick<DecoderInputs, 'layers'>, hidden: string, logits: string): void {
  for (const name of [hidden, logits, ...layers.flatMap(({ present }) => [present.key, present.value])]) b.output(name)
}
