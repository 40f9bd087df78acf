import { mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FrozenModel } from '../../shared/engine/frozen-model.ts'
import { Prompt } from '../../shared/engine/prompt.ts'
import { SoftPromptError } from '../../shared/error.ts'
import { requireArchitecture } from '../../trainer/import/architectures/require-architecture.ts'
import { type ImportOptions, importModel } from '../../trainer/import/import-model.ts'
import { openFrozen } from '../../trainer/import/open-frozen.ts'
import { openModel } from '../../trainer/import/open-model.ts'
import { writeOnnx } from '../../trainer/onnx/write.ts'
import { type OpenSession, openNodeSession } from '../../trainer/runtime.ts'
import { openWasmSession } from '../../trainer/wasm-runtime.ts'
import { smol135, writeLlamaCheckpoint } from '../fixtures/llama-checkpoint.ts'
import { randomPrompt } from '../fixtures/random-prompt.ts'
import { miniLm, writeBert } from '../fixtures/small-bert.ts'
import type { Bench } from './bench.ts'
import { milliseconds } from './milliseconds.ts'
import { quantile } from './quantile.ts'
import { longTexts } from './texts.ts'
import { openWebGpuSession } from './webgpu-session.ts'

const device = { webgpu: openWebGpuSession, native: openNodeSession, wasm: openWasmSession as OpenSession }

interface Place {
  readonly on: keyof typeof device
  readonly weights: ImportOptions['weights']
}

/** Milliseconds a text. */
interface Timing {
  /** In calls with one text, and with 16: the middle one of as many as two seconds took. */
  readonly text: number
  readonly textOf16: number
}

interface Measured extends Place, Timing {
  /** The largest difference of a probability from that of the same package on the processor, over 16 texts; on WebGPU. */
  readonly difference?: number
  /** How many of 16 labels are the same there. */
  readonly sameLabels?: number
}

const models = {
  'the default model': { write: (folder: string) => writeBert(folder, miniLm), places: [{ on: 'webgpu', weights: 'q8' }] },
  'a decoder of 135 M parameters': {
    write: (folder: string) => writeLlamaCheckpoint(folder, smol135),
    places: [
      { on: 'webgpu', weights: 'q8' },
      { on: 'webgpu', weights: 'q4' },
    ],
  },
} satisfies Record<string, { write(folder: string): void; places: readonly Place[] }>

const onProcessor: readonly Place[] = [
  { on: 'native', weights: 'int8' },
  { on: 'wasm', weights: 'int8' },
]

/** Both models on a GPU, beside the processor. */
export const webgpu: Bench = {
  about:
    "milliseconds a text of 55 to 64 tokens on a GPU by ONNX Runtime's native WebGPU, for a model of the default one's shape, or of --checkpoint DIR, and a decoder of 135 M parameters, random; beside int8 on the processor, native and WebAssembly",
  options: ['checkpoint'],
  async run(log, { checkpoint }) {
    const lacking = await lackingGpu()
    if (lacking !== null) {
      log(lacking)
      return { figures: null, why: lacking }
    }
    const folder = await mkdtemp(join(tmpdir(), 'softprompt-bench-'))
    try {
      const figures: Record<string, Measured[]> = {}
      for (const [name, { write, places }] of Object.entries(models)) {
        const from = name === 'the default model' && checkpoint !== undefined ? checkpoint : join(folder, name)
        if (from !== checkpoint) write(from)
        const measured: Measured[] = []
        log(name)
        for (const place of [...places, ...onProcessor]) {
          const out = join(folder, `${name} ${place.weights}`)
          await importModel(from, { out, weights: place.weights })
          measured.push(await measure(place, out))
          log(`  ${described(measured.at(-1) as Measured)}`)
        }
        figures[name] = measured
      }
      return { figures, unit: 'ms a text', threads: availableParallelism() }
    } finally {
      await rm(folder, { recursive: true })
    }
  },
}

/** What keeps this machine from WebGPU, or null. */
async function lackingGpu(): Promise<string | null> {
  const { graph, directory } = openModel('models/default')
  try {
    await (await openWebGpuSession(writeOnnx(graph), { directory })).release()
    return null
  } catch (error) {
    if (error instanceof SoftPromptError && error.code === 'unsupported') return error.message
    throw error
  }
}

async function measure(place: Place, directory: string): Promise<Measured> {
  const here = await answering(place.on, directory)
  const timing = { text: await middle(() => here.answer(1)), textOf16: (await middle(() => here.answer(16))) / 16 }
  if (place.on !== 'webgpu') {
    await here.close()
    return { ...place, ...timing }
  }
  const there = await answering('native', directory)
  const [ours, theirs] = [await here.answer(16), await there.answer(16)]
  await here.close()
  await there.close()
  const differences = ours.flatMap(({ probabilities }, i) =>
    Object.entries(probabilities).map(([label, value]) => Math.abs(value - (theirs[i]?.probabilities[label] as number))),
  )
  const sameLabels = ours.filter(({ label }, i) => label === theirs[i]?.label).length
  return { ...place, ...timing, difference: Math.max(...differences), sameLabels }
}

/** A package opened on a device, with a prompt of random numbers, as long as prompts are by default. */
async function answering(on: Place['on'], directory: string) {
  const opened = openModel(directory)
  const model: FrozenModel = await openFrozen(opened, {}, device[on])
  const { virtualTokens } = requireArchitecture(opened.card).defaults
  const answer = { type: 'softmax', version: 1, temperature: 10 } // with random label rows, probabilities would else be 0 and 1
  const card = { kind: 'prefix', virtualTokens, template: '{text}', maxTokens: 64, answer } as const
  const prompt = await Prompt.load(await randomPrompt(opened.card, { task: 'bench', card }), 'the prompt', model)
  return {
    async answer(texts: number) {
      const rows = longTexts(texts).map((text) => prompt.row(text))
      const hidden = await model.hidden(rows, [prompt.ready])
      return rows.map((row, i) => prompt.answer(row, hidden[i] as Float32Array))
    },
    close: () => model.close(),
  }
}

/** Milliseconds of the middle one of the calls that two seconds take, after one second of them. */
async function middle(call: () => Promise<unknown>): Promise<number> {
  const during = async (length: number) => {
    const times: number[] = []
    const end = performance.now() + length
    do times.push(await milliseconds(call))
    while (performance.now() < end)
    return times
  }
  await during(1000)
  return quantile(await during(2000), 0.5)
}

function described({ on, weights, text, textOf16, difference, sameLabels }: Measured): string {
  const same = difference === undefined ? '' : `; ${sameLabels} of 16 labels as on the processor, probabilities within ${difference.toExponential(1)}` // biome-ignore format: one thought
  return `${on.padEnd(6)} ${weights.padEnd(4)} ${text.toFixed(2)} ms a text, ${textOf16.toFixed(2)} of 16${same}`
}
