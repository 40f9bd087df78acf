import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type Layout, pickRows, storedShape, writeRows } from '../../../../trainer/import/weights/matrix-layout.ts'
import { WeightFile } from '../../../../trainer/import/weights/weight-file.ts'
import { temporaryFolder } from '../../../fixtures/imported-model.ts'

const folder = temporaryFolder()
const [rows, columns] = [5, 3]
const values = Float32Array.from({ length: rows * columns }, (_, i) => 10 * Math.floor(i / columns) + (i % columns)) // row, column
const whole: Record<Layout, number[]> = {
  rows: [0, 1, 2, 10, 11, 12, 20, 21, 22, 30, 31, 32, 40, 41, 42],
  columns: [0, 10, 20, 30, 40, 1, 11, 21, 31, 41, 2, 12, 22, 32, 42],
}

describe.each(['rows', 'columns'] as const)('a matrix that lies as %s', (layout) => {
  const matrix = { rows, columns, layout }
  const shape = storedShape(matrix)

  test.each([1, 2, 3, 5])('is written %i rows at a time', (step) => {
    const path = join(folder, `${layout}-${step}`)
    const file = new WeightFile(path)
    file.tensor([2], Float32Array.of(7, 7)) // it does not begin the file
    const { at } = file.reserve('float32', shape)
    for (let from = 0; from < rows; from += step)
      writeRows(file, at.offset, values.subarray(from * columns, (from + step) * columns), from, matrix)
    file.close()
    const bytes = Uint8Array.from(readFileSync(path)).buffer.slice(at.offset)
    expect(Array.from(new Float32Array(bytes))).toEqual(whole[layout])
  })

  test('gives its rows back, in the order asked for', () => {
    const table = { name: 'words', layout }
    expect(Array.from(pickRows(Int8Array.from(whole[layout]), shape, table, [4, 0, 4]))).toEqual([40, 41, 42, 0, 1, 2, 40, 41, 42])
    expect(() => pickRows(values, shape, table, [0, 5])).toThrow('Cannot read row 5 of words: it has 5.')
  })
})
