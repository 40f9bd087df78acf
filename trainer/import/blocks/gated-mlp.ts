import type { GraphBuilder } from '../../onnx/builder.ts'
import type { Weights } from '../weights/weights.ts'

/** The names of a layer's three matrices: gate and up [intermediate, H], down [H, intermediate]. */
export interface MlpMatrices {
  readonly gate: string
  readonly up: string
  readonly down: string
}

/** down(SiLU(gate(x)) · up(x)): [B, Q, H] → [B, Q, H]. Shazeer 2020, SwiGLU. */
export function gatedMlp(b: GraphBuilder, weights: Weights, x: string, { gate, up, down }: MlpMatrices): string {
  const opened = weights.linear(b, x, gate)
  const raised = weights.linear(b, x, up)
  return weights.linear(b, b.add('Mul', [b.add('SiLU', [opened]), raised]), down)
}
