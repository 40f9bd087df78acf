import type { ModelSizes } from '../../../shared/formats/model-card.ts'
import type { GraphBuilder } from '../../onnx/builder.ts'
import { keyValueInputs, type LayerKeyValues } from './key-value-interface.ts'

/** What an encoder's graph is fed. */
export interface EncoderInputs {
  /** int64 [B, T]: an id of the vocabulary or, from V on, a row of the prompt table. */
  readonly inputIds: string
  /** int64 [B, T] */
  readonly tokenTypeIds: string
  /** int64 [B, T] */
  readonly positionIds: string
  /** [R, H] */
  readonly promptTable: string
  /** [B, 1, 1, S + T]: added to the scores of what is looked at. */
  readonly attentionBias: string
  readonly layers: readonly LayerKeyValues[]
  /** [B, K, T] */
  readonly readout: string
  /** The lengths of the axes, each a list of one int64. */
  readonly T: string
  readonly S: string
}

/** Declares the inputs of an encoder's graph, in the order of the interface. */
export function encoderInputs(b: GraphBuilder, sizes: ModelSizes): EncoderInputs {
  const inputIds = b.input('input_ids', 'int64', ['B', 'T'])
  const tokenTypeIds = b.input('token_type_ids', 'int64', ['B', 'T'])
  const positionIds = b.input('position_ids', 'int64', ['B', 'T'])
  const promptTable = b.input('prompt_table', 'float32', ['R', sizes.hidden])
  const attentionBias = b.input('attention_bias', 'float32', ['B', 1, 1, 'S+T'])
  const layers = keyValueInputs(b, sizes)
  const readout = b.input('readout', 'float32', ['B', 'K', 'T'])
  const [T, S] = [b.dimension(inputIds, 1), b.dimension((layers[0] as LayerKeyValues).past.key, 2)]
  return { inputIds, tokenTypeIds, positionIds, promptTable, attentionBias, layers, readout, T, S }
}

/**
 * Makes `hidden` [B, K, H], what `readout` takes of `x` [B, T, H], the graph's output. Each layer's own keys and values are in the graph under
 * their names and are no outputs: nothing that serves asks for them, and ONNX Runtime keeps an output to the end of a run (28 MB of a batch
 * of 16 texts of 64 tokens, in WebAssembly).
 */
export function encoderOutputs(b: GraphBuilder, { readout }: EncoderInputs, x: string): void {
  b.output(b.add('MatMul', [readout, x], { name: 'hidden' }))
}
