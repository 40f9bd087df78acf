import { SoftPromptError } from '../../../shared/error.ts'
import type { ModelCard } from '../../../shared/formats/model-card.ts'
import type { GraphBuilder } from '../../onnx/builder.ts'
import { int, ints } from '../../onnx/graph.ts'
import type { WeightFile } from './weight-file.ts'

/** The name of a stored table [V, H] of vectors, and how it lies. */
export type Table = ModelCard['tables']['input']

/** How a matrix [rows, columns] lies in the file: as it is, or transposed, [columns, rows]. */
export type Layout = Table['layout']

interface Shaped {
  readonly rows: number
  readonly columns: number
  readonly layout: Layout
}

export function storedShape({ rows, columns, layout }: Shaped): [number, number] {
  return layout === 'rows' ? [rows, columns] : [columns, rows]
}

/** Writes rows `from` … of a matrix, `values` [count, columns], into its place in the file, which begins at `offset`. */
export function writeRows(
  file: WeightFile,
  offset: number,
  values: Float32Array | Int8Array,
  from: number,
  { rows, columns, layout }: Shaped,
): void {
  const bytes = values.BYTES_PER_ELEMENT
  if (layout === 'rows') {
    file.write(values, offset + from * columns * bytes)
    return
  }
  const count = values.length / columns
  const block = values.slice().fill(0) // [columns, count]
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

/** Rows `ids` of a table whose numbers `values` lie in the shape `stored`, as float32 [ids, H]. Throws where there is no such row. */
export function pickRows(
  values: Float32Array | Int8Array,
  stored: readonly number[],
  { name, layout }: Table,
  ids: readonly number[],
): Float32Array {
  const [V, H] = (layout === 'rows' ? stored : stored.toReversed()) as [number, number]
  const rows = new Float32Array(ids.length * H)
  ids.forEach((id, row) => {
    if (id >= V) throw new SoftPromptError('invalid_model', `Cannot read row ${id} of ${name}: it has ${V}.`)
    for (let h = 0; h < H; h++) rows[row * H + h] = values[layout === 'rows' ? id * H + h : h * V + id] as number
  })
  return rows
}

/** The rows of a stored table at ids [B, T] → [B, T, H], in the type that they are stored in. */
export function gatherRows(b: GraphBuilder, ids: string, { name, layout }: Table): string {
  if (layout === 'rows') return b.add('Gather', [name, ids], { attributes: { axis: int(0) } })
  const columns = b.add('Gather', [name, ids], { attributes: { axis: int(1) } }) // [H, B, T]
  return b.add('Transpose', [columns], { attributes: { perm: ints([1, 2, 0]) } })
}
