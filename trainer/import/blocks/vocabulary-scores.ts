import type { GraphBuilder } from '../../onnx/builder.ts'
import { int } from '../../onnx/graph.ts'
import type { Weights } from '../weights/weights.ts'

/** The scores of the answers that are asked for, under the output layer `matrix` [V, H]: `hidden` [B, K, H], `logitRows` [M] → `logits` [M, V]. */
export function vocabularyScores(b: GraphBuilder, weights: Weights, hidden: string, logitRows: string, matrix: string): string {
  const H = b.shapeOf(hidden)[2] as number
  const flat = b.add('Reshape', [hidden, b.integers([-1, H])], { shape: ['B*K', H] })
  const rows = b.add('Unsqueeze', [b.add('Gather', [flat, logitRows], { attributes: { axis: int(0) } }), b.integers([0])]) // [1, M, H]
  return b.add('Squeeze', [weights.linear(b, rows, matrix), b.integers([0])], { name: 'logits' })
}
