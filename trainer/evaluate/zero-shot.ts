import type { FrozenModel } from '../../shared/engine/frozen-model.ts'
import type { Label } from '../../shared/formats/prompt-card.ts'
import type { EncodedText } from '../../shared/text/template.ts'
import type { OpenedModel } from '../import/open-model.ts'
import { wordHead } from '../import/word-head.ts'
import { scoreRows } from './score.ts'

/** The scores of each label for every row without a prompt, [C] a row. */
export async function scoreZeroShot(
  model: { opened: OpenedModel; frozen: FrozenModel },
  rows: readonly EncodedText[],
  labels: readonly Label[],
  signal?: AbortSignal,
): Promise<Float64Array[]> {
  return scoreRows(model.frozen, rows, model.frozen.unprompted, await wordHead(model, labels), signal)
}
