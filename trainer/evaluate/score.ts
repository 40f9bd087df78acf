import type { ReadyPrompt, Row } from '../../shared/engine/families/family.ts'
import type { FrozenModel } from '../../shared/engine/frozen-model.ts'
import type { Prompt } from '../../shared/engine/prompt.ts'
import { labelScores, requireFinite } from '../../shared/engine/scores.ts'
import { SoftPromptError } from '../../shared/error.ts'
import type { LabelHead } from '../../shared/formats/prompt-package.ts'
import { lengthBatches } from '../data/batches.ts'
import { batchSize, capacityOf, inOrder } from '../side-by-side.ts'

/** The most rows of a batch on all threads. */
const maxRows = 32

/** Told after every batch: rows done, of how many. */
export type Progress = (done: number, rows: number) => void

/** What the model makes of every row behind one prompt, [H] a row, in the order given. Throws `interrupted` when `signal` aborts. */
export async function readRows(
  model: FrozenModel,
  rows: readonly Row[],
  prompt: ReadyPrompt,
  signal?: AbortSignal,
  progress: Progress = () => {},
): Promise<Float32Array[]> {
  const read: Float32Array[] = []
  const { sideBySide } = model
  const batches = lengthBatches(
    rows.map(({ inputIds }) => inputIds.length),
    batchSize(rows.length, capacityOf(sideBySide, maxRows)),
  )
  let done = 0
  const reading = inOrder(batches, sideBySide, async (batch) => {
    if (signal?.aborted) throw new SoftPromptError('interrupted', 'Stopped before every row was read.')
    const hidden = await model.hidden(
      batch.map((i) => rows[i] as Row),
      [prompt],
    )
    return { batch, hidden }
  })
  for await (const { batch, hidden } of reading) {
    batch.forEach((i, b) => {
      read[i] = hidden[b] as Float32Array
    })
    done += batch.length
    progress(done, rows.length)
  }
  return read
}

/** The scores of each label for every row behind one prompt, [C] a row, in the order given. Throws `interrupted` when `signal` aborts. */
export async function scoreRows(
  model: FrozenModel,
  rows: readonly Row[],
  prompt: ReadyPrompt,
  head: LabelHead,
  signal?: AbortSignal,
): Promise<Float64Array[]> {
  return (await readRows(model, rows, prompt, signal)).map((hidden) => labelScores(hidden, head))
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
