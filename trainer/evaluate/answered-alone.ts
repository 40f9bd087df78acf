import type { FrozenModel } from '../../shared/engine/frozen-model.ts'
import { readAnswer } from '../../shared/engine/heads/read-answer.ts'
import type { Prompt } from '../../shared/engine/prompt.ts'
import { type PromptFiles, readPromptPackage } from '../../shared/formats/prompt-package.ts'
import type { EncodedText } from '../../shared/text/template.ts'
import type { OpenedModel } from '../import/open-model.ts'
import { type Predictions, predictionsOf } from './predictions.ts'
import type { RightAnswer } from './right-answers.ts'
import { type Progress, readRows } from './score.ts'
import { scoreReadWithoutPrompt } from './without-prompt.ts'

/** What the model alone answers to the examples that a prompt answers. */
export interface AnsweredAlone {
  /** By the labels' words; null where a text may have several: words do not say how many. */
  readonly zeroShot: Predictions | null
  /** By the linear probe in the package; null where there is none, or the package does not say from which probability on it gives each of several labels. */
  readonly probe: Predictions | null
}

interface Examples {
  readonly rows: readonly EncodedText[]
  /** What is right for each. */
  readonly right: readonly RightAnswer[]
  /** What the model made of the rows behind the prompt, where that is known: the same where the prompt is none. */
  readonly read: readonly Float32Array[] | null
  readonly signal: AbortSignal
  readonly progress?: Progress
}

/** The answers of the model alone, in the words and by the probe of a package; `name` is that of the package, for errors. */
export async function answeredAlone(
  { files, opened, frozen, prompt }: { files: PromptFiles; opened: OpenedModel; frozen: FrozenModel; prompt: Prompt },
  name: string,
  { rows, right, read, signal, progress }: Examples,
): Promise<AnsweredAlone> {
  const { card, ready, rule } = prompt
  const { unprompted } = frozen
  const { fed, positionOffset, readout } = ready
  const same = fed === null && positionOffset === unprompted.positionOffset && readout === unprompted.readout
  const hidden = same && read !== null ? read : await readRows(frozen, rows, unprompted, signal, progress)
  const { probe } = await readPromptPackage(files, opened.card, name)
  const scores = await scoreReadWithoutPrompt({ opened, frozen }, hidden, { labels: card.labels, probe })
  const C = card.labels.length
  if (!rule.several)
    return { zeroShot: predictionsOf(scores.zeroShot, right, C), probe: scores.probe && predictionsOf(scores.probe, right, C) }
  const reading = card.probeAnswer && readAnswer(card.probeAnswer, C, `the linear probe of ${name}`)
  return { zeroShot: null, probe: scores.probe && reading ? predictionsOf(scores.probe, right, C, reading) : null }
}
