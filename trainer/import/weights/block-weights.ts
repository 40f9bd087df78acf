import { SoftPromptError } from '../../../shared/error.ts'
import { int } from '../../onnx/graph.ts'
import { type BlockBits, blockBytes, blockSize, dequantizeBlocks, quantizeBlocks } from './blocks.ts'
import type { WeightFormat } from './weight-format.ts'

/**
 * Whole numbers of `bits` bits with a scale a block, and activations in float32: what a GPU multiplies. A matrix lies row by row, whatever
 * its layout, so that one is a linear layer's and a table at once.
 */
export function blockWeights(bits: BlockBits): Omit<WeightFormat, 'about' | 'tolerance'> {
  return {
    forWorker: false,
    indices: 'int32',
    store(b, file, { name, rows, columns, layout, chunks }) {
      if (columns % blockSize !== 0) throw unevenRows(name, columns, bits)
      const blocks = columns / blockSize
      const place = file.reserve('uint8', [rows, blocks, blockBytes(bits)])
      const scalesPlace = file.reserve('float32', layout === 'rows' ? [rows, blocks, 1] : [rows, blocks]) // as its operator takes them
      b.initializer(scaleName(name), scalesPlace)
      b.initializer(name, place)
      return () => {
        const scales = new Float32Array(rows * blocks)
        for (const { from, values } of chunks()) {
          const quantized = quantizeBlocks(values, bits, scales.subarray(from * blocks, from * blocks + values.length / blockSize))
          file.write(quantized, place.at.offset + from * blocks * blockBytes(bits))
        }
        file.write(scales, scalesPlace.at.offset)
      }
    },
    linear(b, x, name) {
      const [N, blocks] = b.shapeOf(name) as [number, number]
      const attributes = { N: int(N), K: int(blocks * blockSize), bits: int(bits), block_size: int(blockSize), accuracy_level: int(0) }
      return b.add('MatMulNBits', [x, name, scaleName(name)], { attributes })
    },
    lookup(b, ids, { name, layout }) {
      const scales = layout === 'rows' ? scaleName(name) : b.add('Unsqueeze', [scaleName(name), b.integers([2])])
      const attributes = { bits: int(bits), block_size: int(blockSize), gather_axis: int(0), quantize_axis: int(2) }
      const [, blocks] = b.shapeOf(name) as [number, number]
      const apart = b.add('GatherBlockQuantized', [name, ids, scales], { attributes }) // [B, T, blocks, 32]
      return b.add('Reshape', [apart, b.integers([0, 0, blocks * blockSize])])
    },
    rows(read, { name }, ids) {
      const { shape, bytes } = read(name, 'uint8')
      const [V, blocks] = shape as [number, number]
      const scales = new Float32Array(read(scaleName(name), 'float32').bytes.buffer)
      const H = blocks * blockSize
      const rows = new Float32Array(ids.length * H)
      ids.forEach((id, row) => {
        if (id >= V) throw new SoftPromptError('invalid_model', `Cannot read row ${id} of ${name}: it has ${V}.`)
        const size = blocks * blockBytes(bits)
        const stored = bytes.subarray(id * size, (id + 1) * size)
        rows.set(dequantizeBlocks(stored, bits, scales.subarray(id * blocks, (id + 1) * blocks)), row * H)
      })
      return rows
    },
  }
}

/** The initializer that holds the scales of matrix `name`. */
function scaleName(name: string): string {
  return `${name}.scale`
}

function unevenRows(name: string, columns: number, bits: BlockBits): SoftPromptError {
  return new SoftPromptError(
    'unsupported',
    `Cannot store ${name} with q${bits} weights: its rows have ${columns} numbers, and they are kept in blocks of ${blockSize}. Import it with --weights int8.`,
  )
}
