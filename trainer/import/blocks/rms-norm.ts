import type { GraphBuilder } from '../../onnx/builder.ts'
import { float, int } from '../../onnx/graph.ts'
import type { Weights } from '../weights/weights.ts'

/** x / √(mean of x² + ε) · weight, over the last axis: [.., H] → [.., H]. `output` names the result. Zhang and Sennrich 2019. */
export function rmsNorm(b: GraphBuilder, weights: Weights, x: string, weight: string, epsilon: number, output?: string): string {
  const attributes = { axis: int(-1), epsilon: float(epsilon), stash_type: int(1) }
  const options = output === undefined ? { attributes } : { attributes, name: output }
  return b.addAll('SimplifiedLayerNormalization', [x, weights.vector(b, weight)], 2, options)[0] as string
}
