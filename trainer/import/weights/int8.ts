import { int } from '../../onnx/graph.ts'
import { quantizeRows } from './int8-rows.ts'
import { gatherRows, pickRows, storedShape, writeRows } from './matrix-layout.ts'
import type { WeightFormat } from './weight-format.ts'

/**
 * Whole numbers in [−63, 63] with a scale a row, which is an output of a linear layer, and a token of a table. The builds of ONNX Runtime agree
 * to seven digits until an activation is rounded to the next step: of 144 texts behind trained prompts six were more than 0.01 apart between
 * Node and WebAssembly, and none more than 0.061.
 */
export const int8: WeightFormat = {
  about: 'to serve',
  tolerance: 0.07,
  forWorker: true,
  indices: 'int64',
  store(b, file, matrix) {
    const place = file.reserve('int8', storedShape(matrix))
    const scalesPlace = file.reserve('float32', [matrix.rows])
    b.initializer(scaleName(matrix.name), scalesPlace)
    b.initializer(matrix.name, place)
    return () => {
      const scales = new Float32Array(matrix.rows)
      for (const { from, values } of matrix.chunks()) {
        const quantized = quantizeRows(values, matrix.columns, scales.subarray(from, from + values.length / matrix.columns))
        writeRows(file, place.at.offset, quantized, from, matrix)
      }
      file.write(scales, scalesPlace.at.offset)
    }
  },
  linear: (b, x, name) => b.add('LinearInt8', [x, name, scaleName(name)]),
  lookup(b, ids, table) {
    const rows = gatherRows(b, ids, table)
    const scales = b.add('Gather', [scaleName(table.name), ids], { attributes: { axis: int(0) } }) // [B, T]
    const whole = b.add('Cast', [rows], { attributes: { to: int(1) } }) // float32
    return b.add('Mul', [whole, b.add('Unsqueeze', [scales, b.integers([2])])])
  },
  rows(read, table, ids) {
    const { shape, bytes } = read(table.name, 'int8')
    const scales = new Float32Array(read(scaleName(table.name), 'float32').bytes.buffer)
    const rows = pickRows(new Int8Array(bytes.buffer), shape, table, ids)
    const H = rows.length / ids.length
    return rows.map((value, i) => value * (scales[ids[Math.floor(i / H)] as number] as number))
  },
}

/** The initializer that holds the scales of matrix `name`, [rows]. */
function scaleName(name: string): string {
  return `${name}.scale`
}
