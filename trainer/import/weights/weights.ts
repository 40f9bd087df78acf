import type { GraphBuilder } from '../../onnx/builder.ts'
import type { Checkpoint } from '../sources/checkpoint.ts'
import type { Layout, Table } from './matrix-layout.ts'
import type { WeightFile } from './weight-file.ts'
import type { Matrix, WeightFormat } from './weight-format.ts'

/** Turns a checkpoint's tensors into nodes and external data, whatever the format. Names are the checkpoint's. */
export interface Weights {
  /** Ids [B, T], which come in int64, in the type that the graph computes with. */
  readonly indices: WeightFormat['indices']
  /** A tensor that the graph needs and the checkpoint has not. */
  constant(b: GraphBuilder, name: string, shape: readonly number[], values: Float32Array): string
  /** scale · vector, such as a norm's weight or a bias. */
  vector(b: GraphBuilder, name: string, scale?: number): string
  /** x [B, T, in] · (scale · weight)ᵀ → [B, T, out], where the weight is [out, in]. */
  linear(b: GraphBuilder, x: string, name: string, scale?: number): string
  /** The rows of a table [V, H] at ids [B, T] → [B, T, H]. One that is the output layer's as well lies as columns. */
  lookup(b: GraphBuilder, ids: string, table: Table): string
}

/** Takes over the writing of one tensor, whose place in the file is kept. */
export type PlanWrite = (write: () => void) => void

/** At most this many numbers of a tensor are in memory at once. */
const chunkElements = 2 ** 20

/** A checkpoint's weights in `format`, each tensor kept once. Linear layers lie as columns. */
export function weightsOf(checkpoint: Checkpoint, file: WeightFile, format: WeightFormat, plan: PlanWrite): Weights {
  const kept = new Map<string, string>()
  /** Keeps a tensor when it is first asked for; later calls find it in the graph. */
  const keep = (name: string, how: string, store: () => () => void) => {
    const before = kept.get(name)
    if (before !== undefined && before !== how) throw new Error(`${name} is kept ${before} and cannot be kept ${how} as well`)
    if (before === undefined) plan(store())
    kept.set(name, how)
    return name
  }
  const matrix = (b: GraphBuilder, name: string, layout: Layout, scale: number) =>
    keep(name, `as ${layout}, times ${scale}`, () => format.store(b, file, matrixOf(checkpoint, name, layout, scale)))

  return {
    indices: format.indices,
    constant: (b, name, shape, values) => b.initializer(name, file.tensor(shape, values)),
    vector: (b, name, scale = 1) =>
      keep(name, `as a vector, times ${scale}`, () => {
        const [length = 0] = checkpoint.tensor(name).shape
        const place = file.reserve('float32', [length])
        b.initializer(name, place)
        return () => file.write(scaled(checkpoint.rows(name, 0, length), scale), place.at.offset)
      }),
    linear: (b, x, name, scale = 1) => format.linear(b, x, matrix(b, name, 'columns', scale)),
    lookup(b, ids, table) {
      matrix(b, table.name, table.layout, 1)
      return format.lookup(b, ids, table)
    },
  }
}

/** The checkpoint's matrix `name`, times `scale`. */
function matrixOf(checkpoint: Checkpoint, name: string, layout: Layout, scale: number): Matrix {
  const [rows = 0, columns = 0] = checkpoint.tensor(name).shape
  const step = Math.max(1, Math.floor(chunkElements / columns))
  return {
    name,
    rows,
    columns,
    layout,
    *chunks() {
      for (let from = 0; from < rows; from += step) {
        yield { from, values: scaled(checkpoint.rows(name, from, Math.min(step, rows - from)), scale) }
      }
    },
  }
}

function scaled(values: Float32Array, scale: number): Float32Array {
  return scale === 1 ? values : values.map((value) => value * scale)
}
