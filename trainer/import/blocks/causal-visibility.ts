import { unseen } from '../../../shared/engine/families/padding.ts'
import type { GraphBuilder } from '../../onnx/builder.ts'
import { int } from '../../onnx/graph.ts'
import { type AttentionHeads, withGroupAxis } from './attention-heads.ts'
import type { DecoderInputs } from './decoder-interface.ts'
import { range } from './range.ts'

/** What is added to the scores: 0 where a position may look, `unseen` elsewhere. With an axis for the groups, where there are groups. */
export interface Visibility {
  /** [B, 1, T, S + T]: every position of the text asks. */
  readonly text: string
  /** [B, 1, K, S + T]: the answers ask. */
  readonly answers: string
}

/** A position sees every known position of the past, and of the text those not after itself. */
export function causalVisibility(b: GraphBuilder, inputs: DecoderInputs, heads: AttentionHeads): Visibility {
  const { attentionMask, answerPositions, S, T } = inputs
  const known = b.add('Cast', [attentionMask], { attributes: { to: int(9) } }) // bool
  const [knownPast, knownText] = b.split(known, 1, [S, T], ['S', 'T']).map((part) => b.add('Unsqueeze', [part, b.integers([1, 2])])) as [
    string,
    string,
  ] // [B, 1, 1, S], [B, 1, 1, T]
  const columns = range(b, T, 'T')
  const bias = (rows: string, length: string, Q: string) => {
    const notLater = b.add('LessOrEqual', [columns, b.add('Unsqueeze', [rows, b.integers([3])])]) // [B | 1, 1, Q, T]
    const text = b.add('And', [notLater, knownText])
    const one = b.integers([1])
    const spread = b.add('Concat', [one, one, length, one], { attributes: { axis: int(0) } })
    const past = b.add('Expand', [knownPast, spread], { shape: ['B', 1, Q, 'S'] })
    const either = b.add('Concat', [past, text], { attributes: { axis: int(3) } })
    return withGroupAxis(b, b.add('Where', [either, b.floats(0), b.floats(unseen)]), heads)
  }
  return {
    text: bias(b.add('Unsqueeze', [columns, b.integers([0, 1])]), T, 'T'),
    answers: bias(b.add('Unsqueeze', [answerPositions, b.integers([1])]), b.dimension(answerPositions, 1), 'K'),
  }
}
