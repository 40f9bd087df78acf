import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { modelFiles } from '../../shared/formats/storage-keys.ts'
import { importModel } from '../../trainer/import/import-model.ts'
import type { Bucket } from '../../trainer/publish/bucket/bucket.ts'
import { post } from '../bench/client.ts'
import { withServedFolder } from '../bench/served-folder.ts'
import { withWorker } from '../bench/wrangler-worker.ts'
import { softprompt } from '../fixtures/command-line.ts'
import { temporaryFolder } from '../fixtures/imported-model.ts'
import { smol135, writeLlamaCheckpoint } from '../fixtures/llama-checkpoint.ts'
import { publishFolder } from '../fixtures/publish-folder.ts'
import { randomPrompt } from '../fixtures/random-prompt.ts'
import { root } from '../fixtures/root.ts'
import { writeSmallModel } from '../fixtures/small-model.ts'
import { type ModelFiles, pointTask, uploadModel, uploadPrompt } from '../fixtures/upload.ts'

interface Result {
  readonly label: string
  readonly probabilities: Readonly<Record<string, number>>
  readonly tokens: number
  readonly batch: { readonly rows: number; readonly id: string }
}

const examples = ['support-routing', 'sentiment', 'moderation']
/** Texts of each example task's test set. */
const perExample = 48
const inputs = examples.flatMap((task) =>
  readFileSync(join(root, `examples/${task}/test.jsonl`), 'utf8')
    .trim()
    .split('\n')
    .slice(0, perExample)
    .map((line) => ({ task, input: (JSON.parse(line) as { text: string }).text })),
)

async function answers(url: URL): Promise<Result[]> {
  const results: Result[] = []
  for (let n = 0; n < inputs.length; n += 12)
    results.push(...(await post<{ results: Result[] }>(url, '/v1/classify', { inputs: inputs.slice(n, n + 12) })).results)
  return results
}

/** What stands between the most probable label and the next. */
function margin({ probabilities }: Result): number {
  const [first = 0, second = 0] = Object.values(probabilities).sort((a, b) => b - a)
  return first - second
}

/** However busy this machine is. */
const patient = { vars: { MAX_WAIT_MS: 120_000 } }

describe('the default model, int8, on the example tasks’ texts', () => {
  let here: Result[]
  let there: Result[]
  let alone: Result[]
  const folder = temporaryFolder()
  beforeAll(async () => {
    for (const task of examples) {
      const data = ['--train', `examples/${task}/train.jsonl`, '--dev', `examples/${task}/dev.jsonl`]
      const { code, stderr } = await softprompt(['train', '--task', task, ...data, '--steps', '20', '--out', join(folder, task)])
      if (code !== 0) throw new Error(stderr)
    }
    const publish = async ({ bucket }: { bucket: unknown }) => {
      for (const task of examples) await publishFolder(bucket as Bucket, join(folder, task), join(root, 'models/default'))
    }
    there = await withWorker(async (worker) => {
      await publish(worker)
      return answers(worker.url)
    }, patient)
    await withServedFolder(async (served) => {
      await publish(served)
      here = await answers(served.url)
      alone = []
      for (const { task, input } of inputs.filter((_, n) => n % 4 === 0))
        alone.push(...(await post<{ results: Result[] }>(served.url, `/v1/tasks/${task}/classify`, { input })).results)
    })
  }, 300_000)

  test('Node and the Worker read the same tokens and agree on labels and probabilities', () => {
    expect(here).toHaveLength(examples.length * perExample)
    expect(here.map(({ tokens }) => tokens)).toEqual(there.map(({ tokens }) => tokens))
    const differences = here.map((answer, n) => Math.abs(answer.probabilities[answer.label]! - there[n]!.probabilities[answer.label]!))
    // sums agree to 2e-7 until one rounds to the next of 255 steps; from there on it is another rounding of the model, which moves few texts, and
    // those by more
    const sorted = differences.toSorted((a, b) => a - b)
    expect(sorted[Math.floor(sorted.length / 2)]).toBeLessThan(0.001)
    expect(sorted[Math.floor(0.85 * sorted.length)]).toBeLessThan(0.01)
    expect(sorted.at(-1)).toBeLessThan(0.15)
    // a text whose two best labels are nearer than what rounding moves may get the other one
    const other = here.filter((answer, n) => answer.label !== there[n]!.label && margin(there[n]!) >= 2 * differences[n]!)
    expect(here.filter((answer, n) => answer.label !== there[n]!.label).length).toBeLessThanOrEqual(0.02 * here.length)
    expect(other).toEqual([])
    expect(new Set(here.map(({ label }) => label)).size).toBeGreaterThan(1)
  })

  test('on Node a text is answered bit for bit the same alone and in batches, whichever session runs it', () => {
    expect(Math.max(...here.map(({ batch }) => batch.rows))).toBeGreaterThan(1)
    expect(alone.map(({ batch }) => batch.rows)).toEqual(alone.map(() => 1))
    expect(alone.map(({ probabilities }) => probabilities)).toEqual(
      here.filter((_, n) => n % 4 === 0).map(({ probabilities }) => probabilities),
    )
  })
})

describe('a model beyond an isolate’s memory', () => {
  const folder = join(temporaryFolder(), 'model')

  test('is answered on Node; the Worker refuses it and says where to', { timeout: 300_000 }, async () => {
    const card = await writeSmallModel(folder, { name: 'large', weightBytes: 64 * 2 ** 20 })
    const prompt = await randomPrompt(card, { task: 'large', seed: 1 })
    const files = Object.fromEntries(modelFiles.map((file) => [file, new Uint8Array(readFileSync(join(folder, file)))])) as ModelFiles
    await withServedFolder(
      async ({ url, bucket, model }) => {
        const version = { prompt: await uploadPrompt(bucket, prompt), base: card.baseHash, models: { int8: model } }
        await pointTask(bucket, 'large', version)
        const { results } = await post<{ results: Result[] }>(url, '/v1/tasks/large/classify', { input: 'Hello.' })
        expect(results[0]!.label).toMatch(/good|bad/)
      },
      { model: folder },
    )
    await withWorker(async ({ url, bucket }) => {
      const model = await uploadModel(bucket, { 'model.json': files['model.json'] })
      const version = { prompt: await uploadPrompt(bucket, prompt), base: card.baseHash, models: { int8: model } }
      await pointTask(bucket, 'large', version)
      await expect(post(url, '/v1/tasks/large/classify', { input: 'Hello.' })).rejects.toThrow(/500.*softprompt serve/s)
    })
  })
})

const large = temporaryFolder()

// a minute of writing and reading
test.runIf(process.env.CI)('a random decoder of SmolLM2-135M’s shape is answered on Node', { timeout: 600_000 }, async () => {
  writeLlamaCheckpoint(join(large, 'checkpoint'), smol135)
  const card = await importModel(join(large, 'checkpoint'), { out: join(large, 'model'), weights: 'int8', name: 'smol-135m', source: 'made for a test' }) // biome-ignore format: one thought
  expect(card.sizes).toMatchObject({ layers: 30, hidden: 576, vocabulary: 49152 })
  const prompt = await randomPrompt(card, { task: 'large', seed: 1, card: { kind: 'prefix', virtualTokens: 8 } })
  await withServedFolder(
    async ({ url, bucket, model }) => {
      const version = { prompt: await uploadPrompt(bucket, prompt), base: card.baseHash, models: { int8: model } }
      await pointTask(bucket, 'large', version)
      const input = Array.from({ length: 8 }, (_, n) => `The parcel ${n} came late.`)
      const { results } = await post<{ results: Result[] }>(url, '/v1/tasks/large/classify', { input })
      expect(results.map(({ label }) => label)).toEqual(input.map(() => expect.stringMatching(/good|bad/)))
      const [alone] = (await post<{ results: Result[] }>(url, '/v1/tasks/large/classify', { input: input[3] })).results
      expect(alone!.probabilities).toEqual(results[3]!.probabilities)
    },
    { model: join(large, 'model'), env: { MAX_WAIT_MS: '300000' } },
  )
})
