/** The bits of a number in a block. */
export type BlockBits = 4 | 8

/** Numbers that share a scale: 32 along a matrix's row, as ONNX Runtime's WebGPU kernels like them. */
export const blockSize = 32

/** The whole number that stands for 0, where ONNX Runtime is given none. */
const zeroPoints = { 4: 8, 8: 128 } as const

/** A block of zeros is divided by this instead of 0. */
const smallest = 1e-12

/** The bytes of a block. */
export function blockBytes(bits: BlockBits): number {
  return (blockSize * bits) / 8
}

/**
 * `values`, a multiple of 32 of them, as whole numbers of `bits` bits, with a scale a block written to `scales`: value ≈ (whole − zero
 * point) · scale. With 8 bits they lie in [−127, 127]. With 4 in [−8, 7], the number of the largest magnitude at −8, as in llama.cpp's Q4_0,
 * two of them in a byte, the first in its lower half.
 */
export function quantizeBlocks(values: Float32Array, bits: BlockBits, scales: Float32Array): Uint8Array {
  const zeroPoint = zeroPoints[bits]
  const highest = bits === 8 ? 127 : 7
  const whole = new Uint8Array(values.length)
  for (let block = 0; block < scales.length; block++) {
    let largest = 0
    for (let i = block * blockSize; i < (block + 1) * blockSize; i++) {
      if (Math.abs(values[i] as number) > Math.abs(largest)) largest = values[i] as number
    }
    const scale = bits === 8 ? Math.max(Math.abs(largest), smallest) / highest : (largest || smallest) / -8
    scales[block] = scale
    for (let i = block * blockSize; i < (block + 1) * blockSize; i++) {
      whole[i] = Math.min(highest, Math.round((values[i] as number) / scale)) + zeroPoint
    }
  }
  return bits === 8 ? whole : packed(whole)
}

/** What `quantizeBlocks` made of `scales.length` blocks, as the numbers that it stands for. */
export function dequantizeBlocks(stored: Uint8Array, bits: BlockBits, scales: Float32Array): Float32Array {
  const zeroPoint = zeroPoints[bits]
  const whole = bits === 8 ? stored : unpacked(stored)
  return Float32Array.from(whole, (value, i) => (value - zeroPoint) * (scales[Math.floor(i / blockSize)] as number))
}

function packed(whole: Uint8Array): Uint8Array {
  return Uint8Array.from({ length: whole.length / 2 }, (_, i) => (whole[2 * i] as number) | ((whole[2 * i + 1] as number) << 4))
}

function unpacked(bytes: Uint8Array): Uint8Array {
  return Uint8Array.from({ length: bytes.length * 2 }, (_, i) => ((bytes[i >> 1] as number) >> (4 * (i % 2))) & 15)
}
