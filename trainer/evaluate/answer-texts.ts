import type { FrozenModel } from '../../shared/engine/frozen-model.ts'
import type { Prompt, TextAnswer } from '../../shared/engine/prompt.ts'
import { type Progress, readRows } from './score.ts'

/** The prompt's answer to each text, in their order. Throws `interrupted` when `signal` aborts. */
export async function answerTexts(
  model: FrozenModel,
  prompt: Prompt,
  texts: readonly string[],
  signal: AbortSignal,
  progress: Progress,
): Promise<TextAnswer[]> {
  const rows = texts.map((text) => prompt.row(text))
  const read = await readRows(model, rows, prompt.ready, signal, progress)
  return rows.map((row, index) => prompt.answer(row, read[index] as Float32Array))
}
