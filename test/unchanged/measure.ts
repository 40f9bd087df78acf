import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ReadyPrompt } from '../../shared/engine/families/family.ts'
import { prefixOf } from '../../shared/engine/families/key-values.ts'
import { Prompt } from '../../shared/engine/prompt.ts'
import { promptValues } from '../../shared/formats/peft.ts'
import { readPromptPackage } from '../../shared/formats/prompt-package.ts'
import { float32 } from '../../shared/tensor.ts'
import { DifferentiableModel } from '../../trainer/autodiff/differentiable-model.ts'
import { promptTrainingGraph } from '../../trainer/autodiff/training-graph.ts'
import { readExamples } from '../../trainer/data/dataset.ts'
import { verbalize } from '../../trainer/data/labels.ts'
import { bestTemperature } from '../../trainer/evaluate/calibrate.ts'
import { metricsOf } from '../../trainer/evaluate/metrics.ts'
import { rightAnswers } from '../../trainer/evaluate/right-answers.ts'
import { scoreTexts } from '../../trainer/evaluate/score.ts'
import { openModel } from '../../trainer/import/open-model.ts'
import { writeOnnx } from '../../trainer/onnx/write.ts'
import { seededRandom } from '../../trainer/random.ts'
import * as initializers from '../../trainer/train/initializers/table.ts'
import { learn } from '../../trainer/train/job.ts'
import { headValues } from '../../trainer/train/objectives/label-head.ts'
import type { GivenSettings } from '../../trainer/train/settings.ts'
import { behind } from '../fixtures/model-session.ts'
import { softmaxReading } from '../fixtures/softmax-reading.ts'
import { stepOf } from '../fixtures/step.ts'
import { drain } from '../fixtures/training.ts'
import { openWasmSession } from '../fixtures/wasm-session.ts'

/** Figures by name: hashes, since only their equality counts, and losses, to see how far off one is. */
export type Figures = Record<string, string | number>

/** The SHA-256 of numbers' bytes. */
function hash(...arrays: (Uint8Array | Float32Array | Float64Array)[]): string {
  const sum = createHash('sha256')
  for (const { buffer, byteOffset, byteLength } of arrays) sum.update(new Uint8Array(buffer, byteOffset, byteLength))
  return sum.digest('hex').slice(0, 32)
}

/** What a model package holds, the graphs that are made of it, its answers and its gradients. */
export async function modelFigures(directory: string): Promise<Figures> {
  const opened = openModel(directory)
  const { sizes } = opened.card
  const { hidden: H, vocabulary: V } = sizes
  const model = await DifferentiableModel.open(opened, { threads: 1 }, openWasmSession)
  const { frozen } = model
  const random = seededRandom(5)
  const below = (n: number) => Math.floor(random() * n)
  const ids = (length: number) => Array.from({ length }, () => below(V))
  const table = (P: number) => float32([P, H], opened.inputRows(ids(P)).map((value) => value + 0.02 * (random() - 0.5))) // biome-ignore format: one thought

  const tables = [table(3), table(20)]
  const prompts: ReadyPrompt[] = [behind(null)]
  for (const each of tables) prompts.push(behind(await frozen.compile(each)))
  const rows = [1, 7, 16, 17, 40, 5].map((length, i) => ({
    inputIds: ids(length),
    positions: [i % 2 === 0 ? length - 1 : below(length)],
    prompt: prompts[i % 3]!,
  }))
  const alone = []
  for (const row of rows) alone.push(...(await frozen.hidden([row], [row.prompt])))

  const values = headValues({ labelRows: opened.outputRows([5, 6, 7]), bias: new Float32Array(3) })
  const backward = (options: { labelSmoothing: number; zLoss: number }) => {
    const batch = rows.map(({ inputIds, positions }, i) => ({ inputIds, positions, right: i % 3 }))
    return model.backward(stepOf(batch, prompts[2]!, values, options))
  }
  const plain = await backward({ labelSmoothing: 0, zLoss: 0 })
  const both = await backward({ labelSmoothing: 0.1, zLoss: 0.01 })
  const words = verbalize(['animal', 'place'], {}, opened.encode)
  const begun = Object.entries(initializers).map(([name, initializer]) => {
    const input = { model: opened, virtualTokens: 9, labels: words, text: 'Where does it go?', random: seededRandom(3, 1) }
    return [`begins as ${name}`, hash(initializer.table(input).data)]
  })
  const figures = {
    'model.onnx': hash(readFileSync(join(directory, 'model.onnx'))),
    'model.onnx.data': hash(readFileSync(join(directory, 'model.onnx.data'))),
    'prompt training graph': hash(writeOnnx(promptTrainingGraph(opened.graph, sizes, frozen.family.compilation))),
    prefixes: hash(...prompts.slice(1).map((prompt) => prefixOf(prompt)!.keyValues)),
    'hidden, alone': hash(...alone),
    'hidden, one batch': hash(
      ...(await frozen.hidden(
        rows,
        rows.map(({ prompt }) => prompt),
      )),
    ),
    loss: plain.loss,
    'prefix gradient': hash(promptValues(plain.fed!)),
    'label rows gradient': hash(plain.learned.label_rows!),
    'table gradient': hash(await model.pullback({ kind: 'table', table: tables[1]! }, plain.fed!)),
    'loss, smoothed': both.loss,
    'prefix gradient, smoothed': hash(promptValues(both.fed!)),
    ...Object.fromEntries(begun),
  }
  await model.close()
  return figures
}

const kinds = { animal: ['cat', 'dog', 'horse', 'bird', 'cow', 'fish'], place: ['London', 'Paris', 'Rome', 'Boston', 'Berlin', 'India'] }
const lines = (frame: (word: string) => string) =>
  Object.entries(kinds).flatMap(([label, list]) => list.map((word) => JSON.stringify({ text: frame(word), label })))

/** What a short training ends in: the prompt, the label rows and the scores on dev. */
export async function trainingFigures(directory: string, given: GivenSettings): Promise<Figures> {
  const folder = mkdtempSync(join(tmpdir(), 'unchanged-'))
  const model = await DifferentiableModel.open(openModel(directory), { threads: 1 }, openWasmSession)
  try {
    const frames = [(word: string) => `I saw ${word} today`, (word: string) => `Tell me of the ${word} , they said`]
    writeFileSync(join(folder, 'train.jsonl'), frames.flatMap(lines).join('\n'))
    writeFileSync(join(folder, 'dev.jsonl'), lines((word) => `We talked of ${word} again`).join('\n'))
    const [train, dev] = [readExamples(join(folder, 'train.jsonl')), readExamples(join(folder, 'dev.jsonl'))]
    const settings = { virtualTokens: 5, maxTokens: 96, steps: 6, evaluateEvery: 2, batchSize: 8, seed: 7, probe: false, ...given }
    const { signal } = new AbortController()
    const { events, result } = await drain(
      learn({ model, task: 'kinds', train, dev, verbalizers: {}, settings, resume: () => null, signal }),
    )
    const losses = events.flatMap((event) => (event.type === 'step' ? [event.loss] : []))

    const { stored } = await readPromptPackage(result.files, model.opened.card, 'it')
    const prompt = await Prompt.load(result.files, 'it', model.frozen)
    const scores = await scoreTexts(model.frozen, prompt, dev.examples.map(({ text }) => text)) // biome-ignore format: one thought
    const answers = rightAnswers(
      dev,
      prompt.card.labels.map(({ label }) => label),
      'it',
    )
    const temperature = bestTemperature(scores, answers, softmaxReading)
    const { accuracy, macroF1, loss } = metricsOf(scores, answers, prompt.card.labels.length, softmaxReading(temperature))
    return {
      'last loss': losses.at(-1)!,
      losses: hash(Float64Array.from(losses)),
      prompt: hash(promptValues(stored)),
      'label rows': hash(prompt.labelRows),
      'scores on dev': hash(...scores),
      'best step': result.bestStep,
      temperature,
      accuracy,
      macroF1,
      loss,
    }
  } finally {
    await model.close()
    rmSync(folder, { recursive: true })
  }
}
