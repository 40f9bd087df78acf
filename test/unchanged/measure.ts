import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Prefix, Row } from '../../shared/engine/families/decoder.ts'
import { float32 } from '../../shared/tensor.ts'
import { compileTemplate } from '../../shared/text/template.ts'
import { FrozenModel } from '../../trainer/autodiff/frozen-model.ts'
import { promptTrainingGraph, textTrainingGraph } from '../../trainer/autodiff/training-graph.ts'
import { readExamples } from '../../trainer/data/dataset.ts'
import { labelIndex, labelsOf, verbalize } from '../../trainer/data/labels.ts'
import { openModel } from '../../trainer/disk/model-package.ts'
import { bestTemperature, metricsOf } from '../../trainer/evaluate/metrics/metrics.ts'
import { scoreTexts } from '../../trainer/evaluate/score.ts'
import { writeOnnx } from '../../trainer/onnx/write.ts'
import { seededRandom } from '../../trainer/random.ts'
import { initializations, initialPrompt } from '../../trainer/train/initializers/initialize.ts'
import { train } from '../../trainer/train/loop.ts'
import { settingsFor, type TrainingSettings } from '../../trainer/train/settings.ts'
import { loadWasmSession } from '../fixtures/wasm-session.ts'

/** Figures by name: hashes, since only their equality counts, and losses, to see how far off one is. */
export type Figures = Record<string, string | number>

const options = { labelSmoothing: 0.1, zLoss: 0.01 }

/** The SHA-256 of numbers' bytes. */
function hash(...arrays: (Uint8Array | Float32Array | Float64Array)[]): string {
  const sum = createHash('sha256')
  for (const { buffer, byteOffset, byteLength } of arrays) sum.update(new Uint8Array(buffer, byteOffset, byteLength))
  return sum.digest('hex').slice(0, 32)
}

/** What a model package holds, the graphs that are made of it, its answers and its gradients. */
export async function modelFigures(directory: string): Promise<Figures> {
  const model = openModel(directory)
  const { sizes } = model.card
  const { hidden: H, vocabulary: V } = sizes
  const frozen = new FrozenModel(model, { threads: 1 }, loadWasmSession)
  const random = seededRandom(5)
  const below = (n: number) => Math.floor(random() * n)
  const ids = (length: number) => Array.from({ length }, () => below(V))
  const table = (P: number) =>
    float32(
      [P, H],
      model.inputRows(ids(P)).map((value) => value + 0.02 * (random() - 0.5)),
    )

  const tables = [table(3), table(20)]
  const prefixes: (Prefix | null)[] = [null]
  for (const each of tables) prefixes.push(await frozen.compile(each))
  const rows = [1, 7, 16, 17, 40, 5].map(
    (length, i): Row => ({ inputIds: ids(length), answer: i % 2 === 0 ? length - 1 : below(length), prefix: prefixes[i % 3]! }),
  )
  const alone = []
  for (const row of rows) alone.push(await frozen.hidden([row]))

  const labelRows = float32([3, H], model.outputRows([5, 6, 7]))
  const shared = rows.map((row, i) => ({ ...row, prefix: prefixes[2]!, label: i % 3 }))
  const plain = await frozen.backward(shared, labelRows, { labelSmoothing: 0, zLoss: 0 })
  const both = await frozen.backward(shared, labelRows, options)
  const figures = {
    'model.onnx': hash(readFileSync(join(directory, 'model.onnx'))),
    'model.onnx.data': hash(readFileSync(join(directory, 'model.onnx.data'))),
    'text training graph': hash(writeOnnx(textTrainingGraph(model.graph, sizes, { labelSmoothing: 0, zLoss: 0 }))),
    'text training graph, smoothed': hash(writeOnnx(textTrainingGraph(model.graph, sizes, options))),
    'prompt training graph': hash(writeOnnx(promptTrainingGraph(model.graph, sizes))),
    prefixes: hash(...prefixes.slice(1).map((prefix) => prefix!.keyValues)),
    'hidden, alone': hash(...alone),
    'hidden, one batch': hash(await frozen.hidden(rows)),
    loss: plain.loss,
    'prefix gradient': hash(plain.prefixGradient.keyValues),
    'label rows gradient': hash(plain.labelRowsGradient),
    'table gradient': hash(await frozen.pullback(tables[1]!, plain.prefixGradient)),
    'loss, smoothed': both.loss,
    'prefix gradient, smoothed': hash(both.prefixGradient.keyValues),
    ...Object.fromEntries(
      initializations.map((init) => [
        `begins as ${init}`,
        hash(initialPrompt(init, { model, virtualTokens: 9, labels: [], text: 'Where does it go?', seed: 3 }).data),
      ]),
    ),
  }
  await frozen.release()
  return figures
}

const words = { animal: ['cat', 'dog', 'horse', 'bird', 'cow', 'fish'], place: ['London', 'Paris', 'Rome', 'Boston', 'Berlin', 'India'] }
const lines = (frame: (word: string) => string) =>
  Object.entries(words).flatMap(([label, list]) => list.map((word) => JSON.stringify({ text: frame(word), label })))

/** What a short training ends in: the prompt, the label rows and the scores on dev. */
export async function trainingFigures(directory: string, given: Partial<TrainingSettings>): Promise<Figures> {
  const folder = mkdtempSync(join(tmpdir(), 'unchanged-'))
  const model = openModel(directory)
  const frozen = new FrozenModel(model, { threads: 1 }, loadWasmSession)
  try {
    writeFileSync(
      join(folder, 'train.jsonl'),
      [...lines((w) => `I saw ${w} today`), ...lines((w) => `Tell me of the ${w} , they said`)].join('\n'),
    )
    writeFileSync(join(folder, 'dev.jsonl'), lines((w) => `We talked of ${w} again`).join('\n'))
    const [trainSet, dev] = [readExamples(join(folder, 'train.jsonl')), readExamples(join(folder, 'dev.jsonl'))]
    const settings = settingsFor(
      { virtualTokens: 5, steps: 6, evaluateEvery: 2, batchSize: 8, seed: 7, ...given },
      trainSet.examples.length,
    )
    const labels = verbalize(labelsOf(trainSet), {}, model.encode)
    const losses: number[] = []
    const learned = await train({
      frozen,
      labels,
      train: trainSet,
      dev,
      settings,
      checkpoint: join(folder, 'checkpoint'),
      resume: false,
      signal: new AbortController().signal,
      observer: { step: ({ loss }) => losses.push(loss), evaluated: () => undefined, warn: () => undefined },
    })
    const encode = compileTemplate(settings.template, model.encode, model.card.tokens, settings.maxTokens)
    const scores = await scoreTexts(
      frozen,
      dev.examples.map(({ text }) => encode(text)),
      learned.prefix,
      learned.labelRows,
    )
    const made = learned.parameters.method === 'prompt' ? learned.parameters.promptTable.data : learned.parameters.prefix.keyValues
    const answers = dev.examples.map(({ label }) => labelIndex(labels, label, dev.file))
    const temperature = bestTemperature(scores, answers, labels.length)
    const { accuracy, macroF1, loss } = metricsOf(scores, answers, labels.length, temperature)
    return {
      'last loss': losses.at(-1)!,
      losses: hash(Float64Array.from(losses)),
      prompt: hash(made),
      'label rows': hash(learned.labelRows),
      'scores on dev': hash(...scores),
      'best step': learned.bestStep,
      temperature,
      accuracy,
      macroF1,
      loss,
    }
  } finally {
    await frozen.release()
    rmSync(folder, { recursive: true })
  }
}
