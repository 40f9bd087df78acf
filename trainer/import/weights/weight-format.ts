import type { GraphBuilder } from '../../onnx/builder.ts'
import type { ElementType } from '../../onnx/graph.ts'
import type { Layout, Table } from './matrix-layout.ts'
import type { WeightFile } from './weight-file.ts'

/** A way to keep the weights' matrices: an entry of table.ts, in a file of its own. Vectors are float32 in all of them. */
export interface WeightFormat {
  /** For people: what it is for. */
  readonly about: string
  /** How far a probability may be between two runtimes that compute with these weights and both work. */
  readonly tolerance: number
  /** Whether a Worker computes with them: WebAssembly unpacks the matrices of some formats anew at each run. */
  readonly forWorker: boolean
  /** The type of the ids that the graph computes with: WebGPU has no arithmetic in int64, which they come in. */
  readonly indices: 'int64' | 'int32'
  /** Makes room for `matrix` in `file` and gives the graph its initializers. The function that it returns writes the numbers. */
  store(b: GraphBuilder, file: WeightFile, matrix: Matrix): () => void
  /** x [B, T, in] · weightᵀ → [B, T, out], where the weight [out, in] is stored as columns under `name`. */
  linear(b: GraphBuilder, x: string, name: string): string
  /** The rows of a stored table at ids [B, T] → [B, T, H], float32. */
  lookup(b: GraphBuilder, ids: string, table: Table): string
  /** Rows `ids` of a stored table, dequantized: [ids, H]. `read` gives what the graph has under a name; it throws where that is of another type. */
  rows(read: ReadInitializer, table: Table, ids: readonly number[]): Float32Array
}

/** A matrix of the source, [rows, columns], which comes a few rows at a time. */
export interface Matrix {
  readonly name: string
  readonly rows: number
  readonly columns: number
  readonly layout: Layout
  /** Reads the rows in order: `values` [count, columns] are those from `from` on. */
  chunks(): Iterable<{ readonly from: number; readonly values: Float32Array }>
}

export type ReadInitializer = (
  name: string,
  type: ElementType,
) => { readonly shape: readonly number[]; readonly bytes: Uint8Array<ArrayBuffer> }
