import { domains, int } from '../graph.ts'
import { mul } from './arithmetic.ts'
import { bodyConstant, bodyNode } from './body-node.ts'
import { matMulShape } from './matmul.ts'
import type { Operator } from './operator.ts'

const largestActivation = 127
const zeroPoint = 128
/** A token of zeros is divided by this instead of 0. */
const smallestRange = 1e-12

/**
 * x [B, T, in] float32, weight [in, out] int8, scale [out] float32 → [B, T, out]. Each token is quantized by itself, so
 * that none changes another's output.
 */
export const LinearInt8: Operator = {
  domain: domains.softprompt,
  shape: (_, { input }) => [{ type: 'float32', shape: matMulShape(input(0).shape, input(1).shape) }],
  /**
   * Straight through the rounding: the gradient of the float layer with the dequantized weights, whose product is computed in int8 too, with
   * the columns' scales gone into the gradient. Wortsman et al. 2023, SwitchBack.
   */
  gradient: ({ inputs: [, weight = '', scale = ''] }, [g = ''], b) => [
    () => {
      const columns = b.shapeOf(weight)[0] as number
      const ones = b.floats(Array<number>(columns).fill(1))
      return b.add('LinearInt8', [mul(b, g, scale), b.transpose(weight), ones])
    },
    null,
    null,
  ],
  body: {
    inputs: ['x', 'weight', 'weight_scale'],
    outputs: ['y'],
    nodes: [
      bodyConstant('last_axis', 'int64', [1], 2),
      bodyConstant('largest_activation', 'float32', [], largestActivation),
      bodyConstant('smallest', 'float32', [], smallestRange),
      bodyConstant('one', 'float32', [], 1),
      bodyConstant('zero_point', 'uint8', [], zeroPoint),
      // the largest magnitude without a pass for the magnitudes
      bodyNode('ReduceMax', ['x', 'last_axis'], 'highest', { keepdims: int(1) }), // [B, T, 1]
      bodyNode('ReduceMin', ['x', 'last_axis'], 'lowest', { keepdims: int(1) }),
      bodyNode('Neg', ['lowest'], 'depth'),
      bodyNode('Max', ['highest', 'depth', 'smallest'], 'range'),
      bodyNode('Div', ['range', 'largest_activation'], 'scale'),
      bodyNode('Div', ['x', 'scale'], 'scaled'), // [B, T, in]
      bodyNode('QuantizeLinear', ['scaled', 'one', 'zero_point'], 'quantized'),
      // exact int32 sums, then times the column's scale: [B, T, out]
      bodyNode('MatMulIntegerToFloat', ['quantized', 'weight', 'one', 'weight_scale', 'zero_point'], 'sums', {}, domains.microsoft),
      bodyNode('Mul', ['sums', 'scale'], 'y'),
    ],
  },
}
