import type { GraphBuilder } from '../../onnx/builder.ts'
import { inline, int } from '../../onnx/graph.ts'
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
  const { isVirtual, rows, ids } = (weights.indices === 'int64' ? clampedIds : chosenIds)(b, inputIds, V)
  const virtual = b.add('Gather', [promptTable, rows()], { attributes: { axis: int(0) } })
  const words = weights.lookup(b, ids(), table)
  return b.add('Where', [b.add('Unsqueeze', [isVirtual, b.integers([2])]), virtual, words])
}

/** Which ids [B, T] are virtual tokens, and a row of each table for every id, any one of the table that is not used. */
interface TableRows {
  readonly isVirtual: string
  rows(): string
  ids(): string
}

function clampedIds(b: GraphBuilder, inputIds: string, V: number): TableRows {
  return {
    isVirtual: b.add('LessOrEqual', [b.integers(V), inputIds]),
    rows: () => b.add('Max', [b.add('Sub', [inputIds, b.integers(V)]), b.integers(0)]),
    ids: () => b.add('Min', [inputIds, b.integers(V - 1)]),
  }
}

/** In int32, and with what WebGPU has. */
function chosenIds(b: GraphBuilder, inputIds: string, V: number): TableRows {
  const constant = (value: number) => b.initializer(`int32:${value}`, inline('int32', [], [value]))
  const [zero, end] = [constant(0), constant(V)]
  const given = b.add('Cast', [inputIds], { attributes: { to: int(6) } }) // int32
  const isVirtual = b.add('LessOrEqual', [end, given])
  return {
    isVirtual,
    rows: () => b.add('Where', [isVirtual, b.add('Sub', [given, end]), zero]),
    ids: () => b.add('Where', [isVirtual, zero, given]),
  }
}
