import { excerpt } from '../../shared/error.ts'
import { parsePromptCard } from '../../shared/formats/prompt-package.ts'
import { readPromptFolder } from '../disk/prompt-folder.ts'
import { readableBytes } from '../disk/readable-bytes.ts'
import type { Mistake } from '../evaluate/mistakes.ts'
import { metricsLine } from '../evaluate/report/metrics-line.ts'
import type { TrainOptions } from '../library/options.ts'
import { begun } from '../library/run.ts'
import { type TrainedPrompt, trainPrompt } from '../library/train-prompt.ts'
import { defaultsWith } from '../train/settings.ts'
import { type ColumnFlags, columnsOf, columnWords } from './column-options.ts'
import type { Result, Terminal } from './command.ts'
import { next, testFileBeside, textToTry } from './next.ts'
import { renderTraining } from './render-training.ts'

/** One task, its files, and how it is learned. */
export type TaskFlags = Omit<TrainOptions, 'train' | 'dev' | 'signal' | keyof ColumnFlags> &
  ColumnFlags & { readonly train: string; readonly dev?: string }

/** Trains one task. */
export async function trainTask(flags: TaskFlags, terminal: Terminal): Promise<Result> {
  const columns = columnsOf(flags)
  const run = begun(trainPrompt({ ...flags, signal: terminal.signal }))
  await renderTraining(run, terminal)
  const trained = await run
  const { package: out, dev, temperature, bytes, verdict, suspects } = trained
  const test = testFileBeside(flags.train)
  return {
    json: { ...trained },
    text: [
      `${out}: on dev ${metricsLine(dev)}, calibrated with temperature ${temperature.toFixed(2)}; ${madeHow(trained, defaultsWith(flags).method)}, ${readableBytes(bytes)}`,
      ...verdict,
      ...suspectLines(suspects),
      next(
        ['classify', out, textToTry(parsePromptCard(readPromptFolder(out)['prompt.json'], out).selfTest)],
        ...(test === null ? [] : [['evaluate', out, '--data', test, ...columnWords(columns)]]),
        ...(trained.overZeroShot.high < 0 ? [] : [['publish', out]]),
      ),
    ].join('\n'),
  }
}

/** How what is packaged was made. */
function madeHow({ method: made, steps, bestStep }: TrainedPrompt, method: string): string {
  if (made !== method) return `by method ${made}, which did better there than method ${method}`
  return steps === 0 ? `by method ${made}` : `best at step ${bestStep} of ${steps}`
}

/** Examples whose labels are worth a look. */
function suspectLines(suspects: readonly Mistake[]): string[] {
  if (suspects.length === 0) return []
  const lines = suspects.map(({ text, label, answer, ofAnswer }) => `  labelled ${JSON.stringify(excerpt(label, 40))}, answered ${JSON.stringify(excerpt(answer, 40))} at ${ofAnswer.toFixed(2)}: ${excerpt(text, 90)}`) // biome-ignore format: one line each
  return ['Of dev, these may be mislabelled:', ...lines]
}
