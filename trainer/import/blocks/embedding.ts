import type { GraphBuilder } from '../../onnx/builder.ts'
import { int } from '../../onnx/graph.ts'
import type { Table } from '../weights/matrix-layout.ts'
import type { Weights } from '../weights/weights.ts'
import type { DecoderInputs } from './decoder-interface.ts'

/** Rows of the vocabulary's table [V, H] or, from id V on, of the prompt table: [B, T, H]. */
export function embedding(
  b: GraphBuilder,
  weights: Weights,
  { inputIds, promptTable }: Pick<DecoderInputs, 'inputIds' | 'promptTable'>,
  table: Table,
  V: number,
): string {
  const isVirtual = b.add('LessOrEqual', [b.integers(V), inputIds]) // [B, T]
  const rows = b.add('Max', [b.add('Sub', [inputIds, b.integers(V)]), b.integers(0)])
  const virtual = b.add('Gather', [promptTable, rows], { attributes: { axis: int(0) } })
  const ids = b.add('Min', [inputIds, b.integers(V - 1)])
  const words = weights.lookup(b, ids, table)
  return b.add('Where', [b.add('Unsqueeze', [isVirtual, b.integers([2])]), virtual, words])
}
