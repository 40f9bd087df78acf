import { describe, expect, test } from 'vitest'
import { quantizeRows } from '../../../../trainer/import/weights/int8-rows.ts'
import { seededRandom } from '../../../../trainer/random.ts'

const random = seededRandom(21)
const normal = () => random() + random() + random() + random() - 2

describe('quantizeRows', () => {
  test('keeps every weight within half a step, and the largest of each row at ±63', () => {
    const [rows, columns] = [7, 33]
    const values = Float32Array.from({ length: rows * columns }, (_, i) => normal() * 10 ** (Math.floor(i / columns) - 3))
    const scales = new Float32Array(rows)
    const quantized = quantizeRows(values, columns, scales)
    for (let row = 0; row < rows; row++) {
      const part = quantized.subarray(row * columns, (row + 1) * columns)
      expect(Math.max(...Array.from(part, Math.abs))).toBe(63)
      for (const [i, value] of part.entries()) {
        expect(Math.abs(value * scales[row]! - values[row * columns + i]!)).toBeLessThanOrEqual(scales[row]! * 0.500001)
      }
    }
  })

  test('keeps a row of zeros', () => {
    const scales = new Float32Array(2)
    expect(Array.from(quantizeRows(Float32Array.of(0, 0, 2, -1), 2, scales))).toEqual([0, 0, 63, -31])
    for (const scale of scales) expect(scale).toBeGreaterThan(0)
  })
})
