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

/** The heads that answer without a prompt. */
interface HeadsWithoutPrompt {
  readonly labels: readonly Label[]
  readonly probe: LabelHead | null
}

type Model = { readonly opened: OpenedModel; readonly frozen: FrozenModel }

/** What the frozen model alone makes of rows. */
export async function scoreWithoutPrompt(
  model: Model,
  rows: readonly EncodedText[],
  heads: HeadsWithoutPrompt,
  signal?: AbortSignal,
): Promise<ScoresWithoutPrompt> {
  return scoreReadWithoutPrompt(model, await readRows(model.frozen, rows, model.frozen.unprompted, signal), heads)
}

/** What the frozen model alone makes of rows that it `read` without a prompt, [H] a row. */
export async function scoreReadWithoutPrompt(
  model: Model,
  read: readonly Float32Array[],
  { labels, probe }: HeadsWithoutPrompt,
): Promise<ScoresWithoutPrompt> {
  const words = await wordHead(model, labels)
  const scored = (head: LabelHead) => read.map((hidden) => labelScores(hidden, head))
  return { zeroShot: scored(words), probe: probe && scored(probe) }
}
