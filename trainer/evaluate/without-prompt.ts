import type { FrozenModel } from '../../shared/engine/frozen-model.ts'
import { labelScores } from '../../shared/engine/scores.ts'
import type { Label } from '../../shared/formats/prompt-card.ts'
import type { LabelHead } from '../../shared/formats/prompt-package.ts'
import type { EncodedText } from '../../shared/text/template.ts'
import type { OpenedModel } from '../import/open-model.ts'
import { wordHead } from '../import/word-head.ts'
import { readRows } from './score.ts'

/** The scores of each label for every row, [C] a row, without a prompt. */
export interface ScoresWithoutPrompt {
  /** By the labels' words. */
  readonly zeroShot: readonly Float64Array[]
  /** By a linear probe; null where none was given. */
  readonly probe: readonly Float64Array[] | null
}

/** What the frozen model alone makes of rows. */
export async function scoreWithoutPrompt(
  model: { readonly opened: OpenedModel; readonly frozen: FrozenModel },
  rows: readonly EncodedText[],
  { labels, probe }: { labels: readonly Label[]; probe: LabelHead | null },
  signal?: AbortSignal,
): Promise<ScoresWithoutPrompt> {
  const read = await readRows(model.frozen, rows, model.frozen.unprompted, signal)
  const words = await wordHead(model, labels)
  const scored = (head: LabelHead) => read.map((hidden) => labelScores(hidden, head))
  return { zeroShot: scored(words), probe: probe && scored(probe) }
}
