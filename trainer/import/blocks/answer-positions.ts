import type { GraphBuilder } from '../../onnx/builder.ts'
import { int } from '../../onnx/graph.ts'
import type { DecoderInputs } from './decoder-interface.ts'
import { range } from './range.ts'

/** Where a decoder's answers are. */
export interface Answers {
  /** int64 [B, K]: where each lies among the B · T positions. */
  readonly rows: string
  /** Their positions: int64 [B, K]. */
  positions(): string
}

/** The answers at the positions that a decoder's graph is fed. */
export function answersOf(b: GraphBuilder, inputs: DecoderInputs): Answers {
  const rows = answerIndex(b, inputs)
  return { rows, positions: () => positionsOfAnswers(b, inputs.positionIds, rows) }
}

/** Where each answer lies among the B · T positions: [B, K]. */
export function answerIndex(b: GraphBuilder, { B, T, answerPositions }: DecoderInputs): string {
  const firsts = b.add('Mul', [range(b, B, 'B'), b.add('Squeeze', [T, b.integers([0])])]) // [B]
  return b.add('Add', [answerPositions, b.add('Unsqueeze', [firsts, b.integers([1])])])
}

/** The vectors of the answers: `value` [B, T, H] → [B, K, H]. */
export function atAnswers(b: GraphBuilder, value: string, answers: string): string {
  const H = b.shapeOf(value)[2] as number
  const flat = b.add('Reshape', [value, b.integers([-1, H])], { shape: ['B*T', H] })
  return b.add('Gather', [flat, answers], { attributes: { axis: int(0) } })
}

/** The positions of the answers: `positionIds` [B, T] → [B, K]. */
export function positionsOfAnswers(b: GraphBuilder, positionIds: string, answers: string): string {
  return b.add('Gather', [b.add('Reshape', [positionIds, b.integers([-1])], { shape: ['B*T'] }), answers])
}
