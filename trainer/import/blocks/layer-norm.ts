import type { GraphBuilder } from '../../onnx/builder.ts'
import { float, int } from '../../onnx/graph.ts'
import type { Weights } from '../weights/weights.ts'

/** (x − mean) / √(variance + ε) · weight + bias, over the last axis: [.., H] → [.., H]. `name` is of both vectors. Ba et al. 2016. */
export function layerNorm(b: GraphBuilder, weights: Weights, x: string, name: string, epsilon: number): string {
  const attributes = { axis: int(-1), epsilon: float(epsilon), stash_type: int(1) }
  const vectors = [weights.vector(b, `${name}.weight`), weights.vector(b, `${name}.bias`)]
  return b.addAll('LayerNormalization', [x, ...vectors], 3, { attributes })[0] as string
}
