import { domains, int, intAttribute } from '../graph.ts'
import { matMulShape } from './matmul.ts'
import type { Builder, Operator } from './operator.ts'

/**
 * x [.., K] float32 · weightᵀ → [.., N], where the weight [N, K] is kept as whole numbers of `bits` bits in blocks along K, uint8
 * [N, blocks, bytes of a block], with a scale a block [N, blocks]. ONNX Runtime dequantizes it as it multiplies.
 */
export const MatMulNBits: Operator = {
  domain: domains.microsoft,
  shape: (node, { input }) => {
    const [K, N] = [intAttribute(node, 'K', 0), intAttribute(node, 'N', 0)]
    return [{ type: 'float32', shape: matMulShape(input(0).shape, [K, N]) }]
  },
  /** That of the float layer with the dequantized weight, which is the layer's output for the rows of an identity. */
  gradient: ({ inputs: [, weight = '', scales = ''], attributes, ...node }, [g = ''], b) => [
    () => {
      const rows = identity(b, intAttribute({ ...node, attributes, inputs: [] }, 'K', 0))
      const dequantized = b.add('MatMulNBits', [rows, weight, scales], { attributes }) // [K, N]
      return b.add('MatMul', [g, b.transpose(dequantized)])
    },
    null,
    null,
  ],
}

/** Rows of blocks, as MatMulNBits has its weight, with scales [V, blocks, 1], at ids [..] → [.., blocks, size of a block], dequantized. */
export const GatherBlockQuantized: Operator = {
  domain: domains.microsoft,
  shape: (node, { input }) => {
    const [table, ids, scales] = [input(0).shape, input(1).shape, input(2)]
    return [{ type: scales.type, shape: [...ids, table[1] as number, intAttribute(node, 'block_size', 0)] }]
  },
}

/** Ones on the diagonal: [n, n]. Of nodes, so that no file carries its zeros. */
function identity(b: Builder, n: number): string {
  const places = b.add('Range', [b.integers(0), b.integers(n), b.integers(1)], { shape: [n] })
  const diagonal = b.add('Equal', [b.add('Unsqueeze', [places, b.integers([1])]), b.add('Unsqueeze', [places, b.integers([0])])])
  return b.add('Cast', [diagonal], { attributes: { to: int(1) } }) // float32
}
