import type { GraphBuilder } from '../builder.ts'
import { type Attributes, domains, type ElementType, inline, int, type LocalFunction, type Node } from '../graph.ts'

/**
 * Weights lie in [−63, 63]: x86 without VNNI adds pairs of uint8 × int8 products in 16 bits, and 2 · 255 · 64 still fits.
 * So every machine computes the same sums.
 */
const largestWeight = 63
const largestActivation = 127
const zeroPoint = 128
/** A row of zeros is divided by this instead of 0. */
const smallest = 1e-12

/** x [B, T, in] float32, weight [in, out] int8, scale [out] float32 → [B, T, out], each token quantized by itself. */
export function linearInt8(b: GraphBuilder, x: string, weight: string, scale: string): string {
  b.function(definition)
  return b.add('LinearInt8', [x, weight, scale])
}

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

const definition: LocalFunction = {
  domain: domains.softprompt,
  name: 'LinearInt8',
  inputs: ['x', 'weight', 'weight_scale'],
  outputs: ['y'],
  nodes: [
    constant('last_axis', 'int64', [1], 2),
    constant('largest_activation', 'float32', [], largestActivation),
    constant('smallest', 'float32', [], smallest),
    constant('one', 'float32', [], 1),
    constant('zero_point', 'uint8', [], zeroPoint),
    // the largest magnitude without a pass for the magnitudes
    node('ReduceMax', ['x', 'last_axis'], 'highest', { keepdims: int(1) }), // [B, T, 1]
    node('ReduceMin', ['x', 'last_axis'], 'lowest', { keepdims: int(1) }),
    node('Neg', ['lowest'], 'depth'),
    node('Max', ['highest', 'depth', 'smallest'], 'range'),
    node('Div', ['range', 'largest_activation'], 'scale'),
    node('Div', ['x', 'scale'], 'scaled'),
    node('QuantizeLinear', ['scaled', 'one', 'zero_point'], 'quantized'),
    // exact int32 sums, then times the column's scale
    node('MatMulIntegerToFloat', ['quantized', 'weight', 'one', 'weight_scale', 'zero_point'], 'sums', {}, domains.microsoft),
    node('Mul', ['sums', 'scale'], 'y'),
  ],
}

function node(op: string, inputs: readonly string[], output: string, attributes: Attributes = {}, domain: string = domains.onnx): Node {
  return { op, domain, inputs, outputs: [output], attributes }
}

function constant(output: string, type: ElementType, shape: readonly number[], value: number): Node {
  return node('Constant', [], output, { value: { tensor: inline(type, shape, [value]) } })
}
