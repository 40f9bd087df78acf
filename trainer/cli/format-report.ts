import { counted } from '../counted.ts'
import { readExamples, readTexts } from '../data/dataset.ts'
import { labelsOf } from '../data/labels.ts'
import { readPromptFolder } from '../disk/prompt-folder.ts'
import { readableBytes } from '../disk/readable-bytes.ts'
import { promptQuestion, zeroShotQuestion } from '../evaluate/answerer.ts'
import { type ComparedFormat, compareFormats } from '../evaluate/compare-formats.ts'
import type { ImportOptions } from '../import/import-model.ts'
import { type ColumnFlags, columnsOf } from './column-options.ts'
import { columns } from './columns.ts'
import type { Result, Terminal } from './command.ts'

/** What the options of `import` say of a report. */
export interface ReportFlags extends ColumnFlags {
  /** A file of texts: labelled ones where no prompt is given. */
  readonly file: string
  /** The folder of a prompt package whose answers are compared, in place of the labels' words. */
  readonly prompt?: string
  /** The format that the others are held against. */
  readonly against: ImportOptions['weights']
}

/** A table of what each weight format makes of a checkpoint. */
export async function formatReport(
  checkpoint: string,
  { file, prompt, against, ...flags }: ReportFlags,
  { bos }: Pick<ImportOptions, 'bos'>,
  { log, warn, status, signal }: Terminal,
): Promise<Result> {
  const reading = { columns: columnsOf(flags), tell: log }
  const { texts, question, by } =
    prompt === undefined
      ? zeroShot(readExamples(file, reading))
      : { texts: readTexts(file, reading), question: promptQuestion(readPromptFolder(prompt), prompt), by: `prompt ${prompt}` }
  log(`measuring ${checkpoint} in each weight format on ${counted(texts.length, 'text')}; nothing is kept`)
  const formats = await compareFormats(checkpoint, {
    texts,
    question,
    against,
    signal,
    warn,
    progress: status,
    ...(bos === undefined ? {} : { bos }),
  })
  return {
    json: { checkpoint, texts: texts.length, file, prompt: prompt ?? null, against, formats },
    text: [table(formats), ...problems(formats), '', explained(texts.length, by, against)].join('\n'),
  }
}

function zeroShot(dataset: ReturnType<typeof readExamples>) {
  const texts = dataset.examples.map(({ text }) => text)
  return { texts, question: zeroShotQuestion(labelsOf(dataset)), by: 'the words of the labels' }
}

function table(formats: readonly ComparedFormat[]): string {
  const head = ['FORMAT', 'SIZE', 'WASM MEMORY', 'SAME LABELS', 'MARGIN', 'FARTHEST', 'NATIVE', 'WASM', 'FITS']
  const ms = (value: number) => `${value.toFixed(1)} ms`
  const rows = formats.map((format) =>
    'problem' in format
      ? [format.weights, ...head.slice(1).map(() => '–')]
      : [
          format.weights,
          readableBytes(format.bytes),
          readableBytes(format.wasmBytes),
          `${(100 * format.sameLabels).toFixed(1)} %`,
          format.margin === null ? '–' : format.margin.toFixed(3),
          format.difference.toFixed(4),
          ms(format.nativeMs),
          ms(format.wasmMs),
          format.places.join(', '),
        ],
  )
  return columns(head, rows)
}

/** Why some formats are not to be had, a line each. */
function problems(formats: readonly ComparedFormat[]): string[] {
  return formats.flatMap((format) => ('problem' in format ? [`${format.weights}: ${format.problem}`] : []))
}

function explained(texts: number, by: string, against: string): string {
  return [
    `SAME LABELS is the share of ${counted(texts, 'text')}, answered by ${by}, with the label that ${against} gives; MARGIN how far the two`,
    `likeliest labels were apart there, at most, where it is another; FARTHEST the largest difference of a probability.`,
    'WASM MEMORY is that of WebAssembly after 512 tokens in 8 rows. A Worker has 128 MB for it, its JavaScript and the prompts.',
    'NATIVE (all cores) and WASM (one thread) are the median time of a text by itself.',
  ].join('\n')
}
