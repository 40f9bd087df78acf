import type { FrozenModel } from '../../shared/engine/frozen-model.ts'
import type { Label } from '../../shared/formats/prompt-card.ts'
import type { EncodedText } from '../../shared/text/template.ts'
import type { OpenedModel } from '../import/open-model.ts'
import { scoreRows } from './score.ts'

/** What the frozen model alone scores labels by: the output layer's rows at their words. */
export function wordRows({ outputRows }: OpenedModel, labels: readonly Label[]): { labelRows: Float32Array; bias: Float32Array } {
  return { labelRows: outputRows(labels.map(({ token }) => token)), bias: new Float32Array(labels.length) }
}

/** The scores of each label for every row without a prompt, [C] a row. */
export function scoreZeroShot(
  { opened, frozen }: { opened: OpenedModel; frozen: FrozenModel },
  rows: readonly EncodedText[],
  labels: readonly Label[],
  signal?: AbortSignal,
): Promise<Float64Array[]> {
  return scoreRows(frozen, rows, frozen.unprompted, wordRows(opened, labels), signal)
}
