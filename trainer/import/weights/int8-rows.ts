/**
 * Weights lie in [−63, 63]: x86 without VNNI adds pairs of uint8 × int8 products in 16 bits, and 2 · 255 · 64 still fits.
 * So every machine computes the same sums.
 */
const largestWeight = 63
/** A row of zeros is divided by this instead of 0. */
const smallest = 1e-12

/** `values` [rows, columns] as int8, with a scale a row written to `scales` [rows]: value ≈ int8 · scale. */
export function quantizeRows(values: Float32Array, columns: number, scales: Float32Array): Int8Array {
  const quantized = new Int8Array(values.length)
  for (let row = 0; row < scales.length; row++) {
    let largest = 0
    for (let i = row * columns; i < (row + 1) * columns; i++) largest = Math.max(largest, Math.abs(values[i] as number))
    const scale = Math.max(largest, smallest) / largestWeight
    scales[row] = scale
    for (let i = row * columns; i < (row + 1) * columns; i++) quantized[i] = Math.round((values[i] as number) / scale)
  }
  return quantized
}
