import { describe, expect, test } from 'vitest'
import { float32, floatOutput } from '../../../../shared/tensor.ts'
import { GraphBuilder } from '../../../../trainer/onnx/builder.ts'
import { inline } from '../../../../trainer/onnx/graph.ts'
import { linearInt8, quantizeRows } from '../../../../trainer/onnx/operators/linear-int8.ts'
import { writeOnnx } from '../../../../trainer/onnx/write.ts'
import { seededRandom } from '../../../../trainer/random.ts'
import { loadSession } from '../../../../trainer/runtime.ts'
import { relativeError } from '../../../fixtures/reference.ts'

const random = seededRandom(21)
const normal = () => random() + random() + random() + random() - 2

/** The layer of weights [out, in], run on `tokens` [.., in]: [.., out]. */
async function run(weights: Int8Array, scales: Float32Array, tokens: readonly (readonly number[])[]): Promise<Float32Array> {
  const [inputs, outputs] = [weights.length / scales.length, scales.length]
  const b = new GraphBuilder()
  const x = b.input('x', 'float32', ['B', 'T', inputs])
  const columns = Array.from({ length: weights.length }, (_, i) => weights[(i % outputs) * inputs + Math.floor(i / outputs)]!)
  b.initializer('weight', inline('int8', [inputs, outputs], columns))
  b.initializer('scale', inline('float32', [outputs], Array.from(scales)))
  const y = linearInt8(b, x, 'weight', 'scale')
  b.output(y)
  const session = await loadSession(writeOnnx(b.build()))
  const result = floatOutput(await session.run({ x: float32([1, tokens.length, inputs], Float32Array.from(tokens.flat())) }), y).data
  await session.release()
  return result
}

/** What the layer is to compute: activations rounded to 127 steps of each token's largest, sums of whole numbers. */
function compute(weights: Int8Array, scales: Float32Array, tokens: readonly (readonly number[])[]): number[] {
  const inputs = weights.length / scales.length
  return tokens.flatMap((token) => {
    const step = Math.fround(Math.fround(Math.max(1e-12, ...token.map((value) => Math.abs(Math.fround(value))))) / 127)
    const steps = token.map((value) => roundToEven(Math.fround(Math.fround(value) / step)))
    return Array.from(scales, (scale, row) => steps.reduce((sum, value, i) => sum + value * weights[row * inputs + i]!, 0) * scale * step)
  })
}

function roundToEven(value: number): number {
  const below = Math.floor(value)
  if (value - below !== 0.5) return Math.round(value)
  return below % 2 === 0 ? below : below + 1
}

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

describe('LinearInt8', () => {
  test.each([
    [5, 3],
    [64, 40],
    [333, 17],
  ])('computes what it is to compute, %i in and %i out', async (inputs, outputs) => {
    const scales = new Float32Array(outputs)
    const weights = quantizeRows(Float32Array.from({ length: inputs * outputs }, normal), inputs, scales)
    const tokens = Array.from({ length: 9 }, (_, t) => Array.from({ length: inputs }, () => normal() * 10 ** (t - 4)))
    for (const token of tokens)
      expect(relativeError(await run(weights, scales, [token]), compute(weights, scales, [token]))).toBeLessThan(1e-6)
    expect(relativeError(await run(weights, scales, tokens), compute(weights, scales, tokens))).toBeLessThan(1e-6)
  })

  test('adds the largest products without saturating', async () => {
    const inputs = 1024
    const weights = Int8Array.from({ length: 4 * inputs }, (_, i) => (i < inputs ? 63 : i < 2 * inputs ? -63 : (i % 2) * 126 - 63))
    const scales = Float32Array.of(1, 1, 1, 1)
    const tokens = [
      Array.from({ length: inputs }, () => 127),
      Array.from({ length: inputs }, () => -127),
      Array.from({ length: inputs }, (_, i) => (i % 2) * 254 - 127),
    ]
    expect(Array.from(await run(weights, scales, tokens))).toEqual(compute(weights, scales, tokens))
  })

  test('gives zeros for a token of zeros', async () => {
    expect(Array.from(await run(Int8Array.of(1, 2, 3, 4), Float32Array.of(1, 1), [[0, 0]]))).toEqual([0, 0])
  })
})
