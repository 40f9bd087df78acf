import type { WeightFormat } from '../../../shared/formats/model-card.ts'
import type { GraphBuilder } from '../../onnx/builder.ts'
import { type Initializer, int, ints } from '../../onnx/graph.ts'
import type { Checkpoint } from '../sources/checkpoint.ts'
import { quantizeRows } from './int8-rows.ts'
import type { WeightFile } from './weight-file.ts'

/** Turns a checkpoint's tensors into nodes and external data. `name` is the checkpoint's tensor [out, in], or [V, H] for tables. */
export interface Weights {
  /** A tensor that the graph needs and the checkpoint has not. */
  constant(b: GraphBuilder, name: string, shape: readonly number[], values: Float32Array): string
  /** A vector, such as a norm's weight. */
  vector(b: GraphBuilder, name: string): string
  /** x [.., in] · (scale · weight)ᵀ → [.., out]. Three axes. */
  linear(b: GraphBuilder, x: string, name: string, scale?: number): string
  /** The rows of a table [V, H] at ids [B, T] → [B, T, H]. `shared` where the table is the output layer's as well. */
  lookup(b: GraphBuilder, ids: string, name: string, shared: boolean): string
}

/** Takes over the writing of one tensor, whose place in the file is kept. */
export type PlanWrite = (write: () => void) => void

/** At most this many numbers of a tensor are in memory at once. */
const chunkElements = 2 ** 20

/** The initializer that holds `name`'s scales, one an output column. */
export const scaleName = (name: string) => `${name}.scale`

/** Weights in either format. A linear layer and a shared table are kept transposed, [in, out], and once. */
export function weightsOf(checkpoint: Checkpoint, file: WeightFile, format: WeightFormat, plan: PlanWrite): Weights {
  const kept = new Set<string>()
  /** Adds the tensor to the graph once; later calls find it there. */
  const keep = (b: GraphBuilder, name: string, make: () => Initializer) => {
    if (!kept.has(name)) b.initializer(name, make())
    kept.add(name)
    return name
  }
  const vector = (b: GraphBuilder, name: string) =>
    keep(b, name, () => {
      const [rows = 0] = checkpoint.tensor(name).shape
      const place = file.reserve('float32', [rows])
      plan(() => file.write(checkpoint.rows(name, 0, rows), place.at.offset))
      return place
    })

  /** Streams a tensor [out, in] to disk as [in, out] (`transposed`) or as it is; int8 weights with their scales. */
  const matrix = (b: GraphBuilder, name: string, { transposed = true, scale = 1 } = {}) =>
    keep(b, name, () => {
      const [rows = 0, columns = 0] = checkpoint.tensor(name).shape
      const place = file.reserve(format, transposed ? [columns, rows] : [rows, columns])
      const scalesPlace = format === 'int8' ? file.reserve('float32', [rows]) : null
      if (scalesPlace !== null) b.initializer(scaleName(name), scalesPlace)
      plan(() => {
        const scales = new Float32Array(rows)
        const step = Math.max(1, Math.floor(chunkElements / columns))
        for (let from = 0; from < rows; from += step) {
          const count = Math.min(step, rows - from)
          const values = checkpoint.rows(name, from, count)
          if (scale !== 1) for (let i = 0; i < values.length; i++) values[i] = (values[i] as number) * scale
          const stored = format === 'int8' ? quantizeRows(values, columns, scales.subarray(from, from + count)) : values
          writeRows(file, place.at.offset, stored, { from, count, rows, columns, transposed })
        }
        if (scalesPlace !== null) file.write(scales, scalesPlace.at.offset)
      })
      return place
    })

  return {
    constant: (b, name, shape, values) => b.initializer(name, file.tensor(shape, values)),
    vector,
    linear(b, x, name, scale = 1) {
      const weight = matrix(b, name, { scale })
      return format === 'int8' ? b.add('LinearInt8', [x, weight, scaleName(name)]) : b.add('MatMul', [x, weight])
    },
    lookup(b, ids, name, shared) {
      const table = matrix(b, name, { transposed: shared })
      let rows = b.add('Gather', [table, ids], { attributes: { axis: int(shared ? 1 : 0) } })
      if (shared) rows = b.add('Transpose', [rows], { attributes: { perm: ints([1, 2, 0]) } }) // [H, B, T] → [B, T, H]
      if (format === 'float32') return rows
      const scales = b.add('Gather', [scaleName(name), ids], { attributes: { axis: int(0) } }) // [B, T]
      const whole = b.add('Cast', [rows], { attributes: { to: int(1) } })
      return b.add('Mul', [whole, b.add('Unsqueeze', [scales, b.integers([2])])])
    },
  }
}

interface Rows {
  readonly from: number
  readonly count: number
  readonly rows: number
  readonly columns: number
  readonly transposed: boolean
}

/** Writes rows `from` … of a matrix, [count, columns], into its place: as columns where it is kept transposed. */
function writeRows(
  file: WeightFile,
  offset: number,
  values: Float32Array | Int8Array,
  { from, count, rows, columns, transposed }: Rows,
): void {
  const bytes = values.BYTES_PER_ELEMENT
  if (!transposed) {
    file.write(values, offset + from * columns * bytes)
    return
  }
  const block = values.slice().fill(0)
  for (let row = 0; row < count; row++) {
    for (let column = 0; column < columns; column++) block[column * count + row] = values[row * columns + column] as number
  }
  if (count === rows) {
    file.write(block, offset)
    return
  }
  for (let column = 0; column < columns; column++) {
    file.write(block.subarray(column * count, (column + 1) * count), offset + (column * rows + from) * bytes)
  }
}
