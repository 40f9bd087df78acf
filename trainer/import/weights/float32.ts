import { gatherRows, pickRows, storedShape, writeRows } from './matrix-layout.ts'
import type { WeightFormat } from './weight-format.ts'

/** Every number as it is. */
export const float32Weights: WeightFormat = {
  about: 'for references',
  tolerance: 0.001,
  forWorker: true,
  indices: 'int64',
  store(b, file, matrix) {
    const place = file.reserve('float32', storedShape(matrix))
    b.initializer(matrix.name, place)
    return () => {
      for (const { from, values } of matrix.chunks()) writeRows(file, place.at.offset, values, from, matrix)
    }
  },
  linear: (b, x, name) => b.add('MatMul', [x, name]),
  lookup: gatherRows,
  rows(read, table, ids) {
    const { shape, bytes } = read(table.name, 'float32')
    return pickRows(new Float32Array(bytes.buffer), shape, table, ids)
  },
}
