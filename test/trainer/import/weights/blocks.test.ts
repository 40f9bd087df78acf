import { describe, expect, test } from 'vitest'
import { blockBytes, blockSize, dequantizeBlocks, quantizeBlocks } from '../../../../trainer/import/weights/blocks.ts'
import { seededRandom } from '../../../../trainer/random.ts'

const random = seededRandom(31)
/** Blocks of very different sizes. */
const values = Float32Array.from({ length: 6 * blockSize }, (_, i) => (2 * random() - 1) * 10 ** (Math.floor(i / blockSize) - 3))

describe.each([
  { bits: 8, largest: 127, step: 1 / 127 },
  { bits: 4, largest: 8, step: 1 / 8 },
] as const)('$bits bits', ({ bits, largest, step }) => {
  const scales = new Float32Array(values.length / blockSize)
  const stored = quantizeBlocks(values, bits, scales)
  const back = dequantizeBlocks(stored, bits, scales)

  test('keeps every number within half a step of its block, or a whole one at the end that 4 bits have not', () => {
    expect(stored).toHaveLength(scales.length * blockBytes(bits))
    for (const [block, scale] of scales.entries()) {
      const part = values.subarray(block * blockSize, (block + 1) * blockSize)
      const most = Math.max(...Array.from(part, Math.abs))
      expect(Math.abs(scale)).toBeCloseTo(most * step, 6)
      for (const [i, value] of part.entries()) {
        const cut = Math.round(value / scale) === 8 && bits === 4 // the largest number's opposite
        const error = Math.abs(back[block * blockSize + i]! - value)
        expect(error).toBeLessThanOrEqual(Math.abs(scale) * (cut ? 1.00001 : 0.50001))
      }
    }
  })

  test('keeps the number of the largest magnitude of a block, whatever its sign', () => {
    for (const sign of [1, -1]) {
      const block = new Float32Array(blockSize)
      block[5] = sign * largest * 0.25
      const scale = new Float32Array(1)
      const back = dequantizeBlocks(quantizeBlocks(block, bits, scale), bits, scale)
      expect(Array.from(back, (value) => value + 0)).toEqual(Array.from(block)) // no −0
    }
  })

  test('keeps a block of zeros', () => {
    const scale = new Float32Array(1)
    const zeros = dequantizeBlocks(quantizeBlocks(new Float32Array(blockSize), bits, scale), bits, scale)
    expect(zeros.every((value) => value === 0)).toBe(true)
    expect(Number.isFinite(scale[0])).toBe(true)
  })
})
