import type { GraphBuilder } from '../../onnx/builder.ts'
import type { Weights } from '../weights/weights.ts'

/** x [B, T, in] · (scale · weight)ᵀ + scale · bias → [B, T, out]. `name` is of both. */
export function affine(b: GraphBuilder, weights: Weights, x: string, name: string, scale = 1): string {
  return b.add('Add', [weights.linear(b, x, `${name}.weight`, scale), weights.vector(b, `${name}.bias`, scale)])
}
