import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Row } from '../../shared/engine/families/family.ts'
import { FrozenModel } from '../../shared/engine/frozen-model.ts'
import { argmax } from '../../shared/engine/scores.ts'
import { SoftPromptError } from '../../shared/error.ts'
import { modelBytes } from '../../shared/formats/model-card.ts'
import { namesOf } from '../../shared/names-of.ts'
import { type ImportOptions, importModel } from '../import/import-model.ts'
import { openFrozen } from '../import/open-frozen.ts'
import { type OpenedModel, openModel } from '../import/open-model.ts'
import * as weightFormats from '../import/weights/table.ts'
import { placesFor } from '../import/worker-fit.ts'
import { writeOnnx } from '../onnx/write.ts'
import { openNodeSession } from '../runtime.ts'
import { openWasmSession } from '../wasm-runtime.ts'
import type { Answerer, Question } from './answerer.ts'
import { readRows } from './score.ts'

/** What a weight format makes of a model. */
interface FormatMeasures {
  /** Of the package's files. */
  readonly bytes: number
  /** Of WebAssembly's memory, once it ran as many tokens as a Worker runs at once. */
  readonly wasmBytes: number
  /** The share of texts with the label that the reference gives. */
  readonly sameLabels: number
  /** Of the texts with another label, the largest margin between the two likeliest through the reference; null where there are none. */
  readonly margin: number | null
  /** The largest difference of a probability from the reference's. */
  readonly difference: number
  /** Milliseconds a text, each by itself: the median. */
  readonly nativeMs: number
  readonly wasmMs: number
  readonly places: readonly string[]
}

/** A weight format with its measures, or why a checkpoint cannot be kept in it. */
export type ComparedFormat = { readonly weights: ImportOptions['weights'] } & (FormatMeasures | { readonly problem: string })

interface CompareOptions extends Pick<ImportOptions, 'bos' | 'signal' | 'warn'> {
  readonly texts: readonly string[]
  readonly question: Question
  /** The format that the others are held against. */
  readonly against: ImportOptions['weights']
  /** Of the native build: all cores where left out. */
  readonly threads?: number
  readonly progress: (line: string) => void
}

/** The most texts that are timed, spread over all of them. */
const timedTexts = 24

/** As many rows of as many tokens as a Worker runs at once, MAX_BATCH_TOKENS. */
const fullBatch = { rows: 8, tokens: 64 }

/**
 * A checkpoint in every weight format, measured on `texts` and held against one of them, which comes first. Packages are made in a folder
 * that is gone afterwards. Throws `interrupted` when the signal aborts.
 */
export async function compareFormats(checkpoint: string, options: CompareOptions): Promise<ComparedFormat[]> {
  const scratch = await mkdtemp(join(tmpdir(), 'softprompt-formats-'))
  try {
    const compared: ComparedFormat[] = []
    let reference: readonly number[][] | null = null
    for (const weights of namesOf(weightFormats).toSorted((a, b) => Number(b === options.against) - Number(a === options.against))) {
      const out = join(scratch, weights)
      options.progress(`${weights}: importing`)
      try {
        const { signal, bos, warn } = options
        const told = reference === null && warn ? { warn } : {} // once, of the first format
        await importModel(checkpoint, { out, weights, ...told, ...(signal && { signal }), ...(bos === undefined ? {} : { bos }) })
      } catch (error) {
        if (reference === null || !(error instanceof SoftPromptError) || error.code !== 'unsupported') throw error
        compared.push({ weights, problem: error.message })
        continue
      }
      const { probabilities, ...measures } = await measure(openModel(out), weights, options)
      reference ??= probabilities
      compared.push({ weights, ...measures, ...agreement(probabilities, reference) })
      await rm(out, { recursive: true })
    }
    return compared
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

async function measure(opened: OpenedModel, weights: string, { texts, question, threads, signal, progress }: CompareOptions) {
  const frozen = await openFrozen(opened, threads === undefined ? {} : { threads }, openNodeSession) // a text alone has all threads
  let probabilities: number[][]
  let nativeMs: number
  let timed: Row[]
  let answerer: Answerer
  try {
    answerer = await question({ opened, frozen })
    const { ready } = answerer
    const rows = texts.map((text) => answerer.row(text))
    const read = await readRows(frozen, rows, ready, signal, (done, count) => progress(`${weights}: ${done} of ${count} texts`))
    probabilities = read.map((hidden) => answerer.probabilities(hidden))
    timed = spread(rows, timedTexts)
    progress(`${weights}: timing ${timed.length} texts, native`)
    nativeMs = await medianMs(frozen, timed, answerer, signal)
  } finally {
    await frozen.close()
  }
  progress(`${weights}: timing ${timed.length} texts in WebAssembly`)
  const session = await openWasmSession(writeOnnx(opened.graph), { directory: opened.directory })
  try {
    const wasm = await FrozenModel.open(opened, async () => session)
    const wasmMs = await medianMs(wasm, timed, answerer, signal)
    const tokens = Math.min(fullBatch.tokens, opened.card.sizes.context)
    await wasm.hidden(Array(fullBatch.rows).fill({ inputIds: Array(tokens).fill(0) }), [wasm.unprompted])
    const wasmBytes = await session.memoryBytes()
    return { bytes: modelBytes(opened.card), wasmBytes, nativeMs, wasmMs, places: placesFor(opened.card), probabilities }
  } finally {
    await session.release()
  }
}

/** At most `count` of `rows`, at even distances. */
function spread(rows: readonly Row[], count: number): Row[] {
  const step = Math.max(1, rows.length / count)
  return Array.from({ length: Math.min(rows.length, count) }, (_, i) => rows[Math.floor(i * step)] as Row)
}

async function medianMs(model: FrozenModel, rows: readonly Row[], { ready }: Answerer, signal?: AbortSignal): Promise<number> {
  const times: number[] = []
  for (const row of [rows[0] as Row, ...rows]) {
    if (signal?.aborted) throw new SoftPromptError('interrupted', 'Stopped before every format was measured.')
    const start = performance.now()
    await model.hidden([row], [ready])
    times.push(performance.now() - start)
  }
  const sorted = times.slice(1).sort((a, b) => a - b) // the first run makes room
  return sorted[sorted.length >> 1] as number
}

function agreement(got: readonly number[][], wanted: readonly number[][]): Pick<FormatMeasures, 'sameLabels' | 'margin' | 'difference'> {
  const differences = got.map((row, i) => Math.max(...row.map((value, label) => Math.abs(value - (wanted[i]?.[label] as number)))))
  const others = wanted.filter((row, i) => argmax(row) !== argmax(got[i] as number[]))
  const margins = others.map((row) => {
    const [first = 0, second = 0] = row.toSorted((a, b) => b - a)
    return first - second
  })
  return {
    sameLabels: 1 - others.length / got.length,
    margin: margins.length === 0 ? null : Math.max(...margins),
    difference: Math.max(...differences),
  }
}
