import type { ReadyPrompt, Row } from '../../shared/engine/families/family.ts'
import type { FrozenModel } from '../../shared/engine/frozen-model.ts'
import type { Prompt } from '../../shared/engine/prompt.ts'
import { labelScores, requireFinite } from '../../shared/engine/scores.ts'
import { SoftPromptError } from '../../shared/error.ts'
import type { LabelHead } from '../../shared/formats/prompt-package.ts'
import { lengthBatches } from '../data/batches.ts'

const batchSize = 32

/** The scores of each label for every row behind one prompt, [C] a row, in the order given. Throws `interrupted` when `signal` aborts. */
export async function scoreRows(
  model: FrozenModel,
  rows: readonly Row[],
  prompt: ReadyPrompt,
  head: LabelHead,
  signal?: AbortSignal,
): Promise<Float64Array[]> {
  const scores: Float64Array[] = []
  const batches = lengthBatches(
    rows.map(({ inputIds }) => inputIds.length),
    batchSize,
  )
  for (const batch of batches) {
    if (signal?.aborted) throw new SoftPromptError('interrupted', 'Stopped while measuring.')
    const hidden = await model.hidden(
      batch.map((i) => rows[i] as Row),
      [prompt],
    )
    batch.forEach((i, b) => {
      scores[i] = labelScores(hidden[b] as Float32Array, head)
    })
  }
  return scores
}

/** The scores of each label for every text under a prompt, [C] a text. Throws `invalid_prompt` where one is not a finite number. */
export async function scoreTexts(
  model: FrozenModel,
  prompt: Prompt,
  texts: readonly string[],
  signal?: AbortSignal,
): Promise<Float64Array[]> {
  const rows = texts.map((text) => prompt.row(text))
  const scores = await scoreRows(model, rows, prompt.ready, prompt, signal)
  for (const row of scores) requireFinite(row, `prompt ${prompt.card.task}`)
  return scores
}
