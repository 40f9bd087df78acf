import type { FrozenModel } from '../../shared/engine/frozen-model.ts'
import { readAnswer } from '../../shared/engine/heads/read-answer.ts'
import type { Prompt } from '../../shared/engine/prompt.ts'
import { type PromptFiles, readPromptPackage } from '../../shared/formats/prompt-package.ts'
import type { EncodedText } from '../../shared/text/template.ts'
import type { OpenedModel } from '../import/open-model.ts'
import { type Predictions, predictionsOf } from './predictions.ts'
import type { RightAnswer } from './right-answers.ts'
import { type Progress, readRows } from './score.ts'
import { type ScoresWithoutPrompt, scoreReadWithoutPrompt } from './without-prompt.ts'

/** What the model alone answers to the examples that a prompt answers. */
export interface AnsweredAlone {
  /** By the labels' words; null where a text may have several: words do not say how many. */
  readonly zeroShot: Predictions | null
  /** By the linear probe in the package; null where there is none, or the package does not say from which probability on it gives each of several labels. */
  readonly probe: Predictions | null
}

interface ReadRows {
  readonly rows: readonly EncodedText[]
  /** What the model made of the rows behind the prompt, where that is known: the same where the prompt is none. */
  readonly read: readonly Float32Array[] | null
  readonly signal: AbortSignal
  readonly progress?: Progress
}

interface OpenPrompt {
  readonly files: PromptFiles
  readonly opened: OpenedModel
  readonly frozen: FrozenModel
  readonly prompt: Prompt
}

/** The answers of the model alone, in the words and by the probe of a package, against what is `right` for each row; `name` names the package in errors. */
export async function answeredAlone(
  open: OpenPrompt,
  name: string,
  { right, ...rows }: ReadRows & { readonly right: readonly RightAnswer[] },
): Promise<AnsweredAlone> {
  const { zeroShot, probe } = await scoresAlone(open, name, rows)
  const { card, rule } = open.prompt
  const C = card.labels.length
  if (!rule.several) return { zeroShot: predictionsOf(zeroShot, right, C), probe: probe && predictionsOf(probe, right, C) }
  const reading = card.probeAnswer && readAnswer(card.probeAnswer, C, `the linear probe of ${name}`)
  return { zeroShot: null, probe: probe && reading ? predictionsOf(probe, right, C, reading) : null }
}

/** The scores that the model alone gives rows, in the words and by the probe of a package. */
export async function scoresAlone(
  { files, opened, frozen, prompt }: OpenPrompt,
  name: string,
  { rows, read, signal, progress }: ReadRows,
): Promise<ScoresWithoutPrompt> {
  const { unprompted } = frozen
  const { fed, positionOffset, readout } = prompt.ready
  const same = fed === null && positionOffset === unprompted.positionOffset && readout === unprompted.readout
  const hidden = same && read !== null ? read : await readRows(frozen, rows, unprompted, signal, progress)
  const { probe } = await readPromptPackage(files, opened.card, name)
  return scoreReadWithoutPrompt({ opened, frozen }, hidden, { labels: prompt.card.labels, probe })
}
