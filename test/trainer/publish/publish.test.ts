import { appendFile, cp, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import { Prompt } from '../../../shared/engine/prompt.ts'
import { sha256 } from '../../../shared/formats/hashing.ts'
import { maxBytes } from '../../../shared/formats/limits.ts'
import type { ModelCard } from '../../../shared/formats/model-card.ts'
import { promptTensor } from '../../../shared/formats/peft.ts'
import { prefixElements } from '../../../shared/formats/prefix.ts'
import { writeSafetensors } from '../../../shared/formats/safetensors.ts'
import { modelFiles, promptFiles } from '../../../shared/formats/storage-keys.ts'
import { parseLog, pointerOf } from '../../../shared/formats/task-pointer.ts'
import { readPromptFolder } from '../../../trainer/disk/prompt-folder.ts'
import { scoreTexts } from '../../../trainer/evaluate/score.ts'
import { openFrozen } from '../../../trainer/import/open-frozen.ts'
import { openModel } from '../../../trainer/import/open-model.ts'
import type { Bucket } from '../../../trainer/publish/bucket/bucket.ts'
import { preparePublication, publish } from '../../../trainer/publish/publish.ts'
import { alteredBucket } from '../../fixtures/altered-bucket.ts'
import { useLocalBucket } from '../../fixtures/local-bucket.ts'
import { writeSmallModel } from '../../fixtures/small-model.ts'
import { writeRandomPrompt } from '../../fixtures/written-prompt.ts'

const local = useLocalBucket()
const at = (...names: string[]) => join(local.folder, ...names)
let model: ModelCard

beforeAll(async () => {
  model = await writeSmallModel(at('model'))
})

async function publishFrom(
  prompt: string,
  {
    task,
    bucket = local.bucket,
    signal = new AbortController().signal,
    from = at('model'),
  }: { task?: string; bucket?: Bucket; signal?: AbortSignal; from?: string } = {},
) {
  const [log, status] = [[] as string[], [] as string[]]
  const publication = await preparePublication(prompt, from, { task })
  const published = await publish(bucket, publication, signal, (line) => log.push(line), (line) => status.push(line)) // biome-ignore format: one call
  return { ...published, log, status }
}

async function pointed(task: string) {
  const object = await local.bucket.get(`tasks/${task}.json`)
  return object && pointerOf(parseLog(new Uint8Array(await object.arrayBuffer()), task))
}

test('stores every file of the prompt and the model under their hashes, and points the task at them', async () => {
  const prompt = await writeRandomPrompt(at('a'), model, { task: 'stored' })
  const published = await publishFrom(at('a'))
  const stored = await sha256(new Uint8Array(await readFile(at('model', 'model.json'))))
  const version = { prompt, base: model.baseHash, models: { int8: stored } }

  expect(published).toMatchObject({ task: 'stored', ...version, changed: true, replaced: null })
  expect(await pointed('stored')).toMatchObject({ live: version, history: [] })
  const folders = [
    ...promptFiles.map((file) => [`prompts/${prompt}`, 'a', file]),
    ...modelFiles.map((file) => [`models/${stored}`, 'model', file]),
  ] as const
  for (const [under, folder, file] of folders) {
    const object = (await local.bucket.get(`${under}/${file}`))!
    expect(Buffer.from(await object.arrayBuffer())).toEqual(await readFile(at(folder!, file!)))
    expect(object.httpMetadata?.contentType).toBe(file!.endsWith('.json') ? 'application/json' : 'application/octet-stream')
  }
})

test('publishing the live version again says so and writes nothing', async () => {
  await writeRandomPrompt(at('again'), model, { task: 'again' })
  await publishFrom(at('again'))
  const before = await local.contents()
  expect(await publishFrom(at('again'))).toMatchObject({ changed: false, replaced: null, log: [] })
  expect(await local.contents()).toEqual(before)
})

test('a new version replaces the old one, which stays known; the model is not uploaded twice', async () => {
  const first = await writeRandomPrompt(at('v1'), model, { task: 'versions', seed: 1 })
  const second = await writeRandomPrompt(at('v2'), model, { task: 'versions', seed: 2 })
  await publishFrom(at('v1'))
  const published = await publishFrom(at('v2'))
  expect(published).toMatchObject({ prompt: second, changed: true, replaced: { prompt: first } })
  expect(published.log.filter((line) => line.includes('models/'))).toEqual([])
  expect((await pointed('versions'))!.history.map(({ prompt }) => prompt)).toEqual([first])

  await publishFrom(at('v1')) // going back by publishing does not list a version twice
  expect((await pointed('versions'))!).toMatchObject({ live: { prompt: first }, history: [{ prompt: second }] })
})

test('publishing another weight format of the same base for the live prompt takes none away', async () => {
  await writeSmallModel(at('float32'), { weights: 'float32' })
  const first = await writeRandomPrompt(at('before-formats'), model, { task: 'formats', seed: 1 })
  const prompt = await writeRandomPrompt(at('formats'), model, { task: 'formats', seed: 2 })
  await publishFrom(at('before-formats'))
  const { models: int8 } = await publishFrom(at('formats'))
  const added = await publishFrom(at('formats'), { from: at('float32') })
  const float32 = await sha256(new Uint8Array(await readFile(at('float32', 'model.json'))))
  const live = { prompt, base: model.baseHash, models: { ...int8, float32 } }
  expect(added).toMatchObject({ ...live, changed: true, replaced: { prompt, models: int8 } })
  expect(added.log.every((line) => line.includes('models/'))).toBe(true) // the prompt was there
  expect(await pointed('formats')).toMatchObject({ live, history: [{ prompt: first }] })

  for (const from of [at('model'), at('float32')])
    expect(await publishFrom(at('formats'), { from })).toMatchObject({ ...live, changed: false, log: [] })
  expect(await publishFrom(at('before-formats'))).toMatchObject({ prompt: first, models: int8 }) // another prompt begins with its own
  expect((await pointed('formats'))!.history).toEqual([live])
})

test('a model in several weight formats goes live at once, its self-test answered through each', async () => {
  await writeSmallModel(at('two-float32'), { weights: 'float32' })
  const selfTest = [{ text: 'Good.', scores: { int8: [5, -5], float32: [-5, 5] } }]
  await writeRandomPrompt(at('odd-in-two'), model, { task: 'two-formats', card: { selfTest } })
  const prompt = await writeRandomPrompt(at('two-formats'), model, { task: 'two-formats' })
  const folders = [at('model'), at('two-float32')]
  for (const [weights, folder] of Object.entries({ int8: folders[0]!, float32: folders[1]! }))
    await expect(preparePublication(at('odd-in-two'), [folder])).rejects.toThrow(`saw through ${weights} weights`)

  const published = await publish(
    local.bucket,
    await preparePublication(at('two-formats'), folders),
    new AbortController().signal,
    () => undefined,
  )
  expect(Object.keys(published.models)).toEqual(['int8', 'float32'])
  expect(await pointed('two-formats')).toMatchObject({ live: { prompt, models: published.models }, history: [] })
  for (const id of Object.values(published.models)) expect(await local.bucket.head(`models/${id}/model.onnx.data`)).not.toBeNull()

  await expect(preparePublication(at('two-formats'), [at('model'), at('model')])).rejects.toMatchObject({
    code: 'usage',
    message: expect.stringMatching(/its weights are int8, as those of another model.*Name one for each weight format/),
  })
})

test('--task publishes under another name, with a card that names it', async () => {
  const own = await writeRandomPrompt(at('renamed'), model, { task: 'own-name' })
  const { prompt } = await publishFrom(at('renamed'), { task: 'other-name' })
  expect(prompt).not.toBe(own)
  const card = JSON.parse(await (await local.bucket.get(`prompts/${prompt}/prompt.json`))!.text())
  expect(card.task).toBe('other-name')
  expect(await pointed('own-name')).toBeNull()
})

test('a template without room for a text is refused before it is live, and rows that the Worker cuts are told of', async () => {
  await writeRandomPrompt(at('tight'), model, { task: 'tight', card: { maxTokens: 8, template: '{text} It was so' } })
  await expect(publishFrom(at('tight'))).rejects.toMatchObject({ code: 'invalid_prompt', message: expect.stringMatching(/Shorten it/) })
  expect(await pointed('tight')).toBeNull()

  const roomy = await writeSmallModel(at('roomy-model'), { name: 'roomy', context: 2048 })
  await writeRandomPrompt(at('roomy'), roomy, { task: 'roomy', card: { maxTokens: 1000 } })
  const { warnings } = await preparePublication(at('roomy'), at('roomy-model'))
  expect(warnings).toEqual([expect.stringMatching(/up to 1000 tokens here.*a row has 256: raise MAX_ROW_TOKENS/)])
})

test('a prompt that answers otherwise than its trainer saw, or with what is no number, is refused before it is live', async () => {
  const text = 'How does it do in its own test?'
  await writeRandomPrompt(at('tested'), model, { task: 'tested', seed: 9 })
  const frozen = await openFrozen(openModel(at('model')))
  const prompt = await Prompt.load(readPromptFolder(at('tested')), 'tested', frozen)
  const [scores] = await scoreTexts(frozen, prompt, [text])
  await frozen.close()
  const good = prompt.probabilities(scores!)[0]!
  const packageOff = (by: number) => {
    const selfTest = [{ text, scores: { int8: [Math.log(good + by), Math.log(1 - good - by)] } }]
    return writeRandomPrompt(at(`off-${by}`), model, { task: 'tested', seed: 9, card: { selfTest } })
  }
  const away = good < 0.5 ? 1 : -1
  for (const off of [0, 0.08 * away, 0.2 * away]) await packageOff(off)
  expect((await preparePublication(at('off-0'), at('model'))).warnings).toEqual([])
  const { warnings } = await preparePublication(at(`off-${0.08 * away}`), at('model'))
  expect(warnings).toEqual([expect.stringMatching(/prompt tested answers otherwise than in training.* 0\.0800 /)])
  await expect(publishFrom(at(`off-${0.2 * away}`))).rejects.toMatchObject({
    code: 'invalid_prompt',
    message: expect.stringMatching(/up to 0\.2000 from those its trainer saw.*Train it again/),
  })

  const width = prefixElements(1, model.sizes)
  const huge = writeSafetensors({ [promptTensor]: { shape: [5, width], data: new Float32Array(5 * width).fill(3e38) } })
  await writeRandomPrompt(at('huge'), model, { task: 'tested', card: { kind: 'prefix' }, files: { 'adapter_model.safetensors': huge } })
  await expect(publishFrom(at('huge'))).rejects.toMatchObject({ code: 'invalid_prompt', message: expect.stringMatching(/too large/) })
  expect(await pointed('tested')).toBeNull()
})

test('a model that no Worker holds is refused before anything is stored', async () => {
  const large = await writeSmallModel(at('too-large'), { weightBytes: maxBytes.model })
  await writeRandomPrompt(at('on-too-large'), large, { task: 'on-too-large' })
  await expect(preparePublication(at('on-too-large'), at('too-large'))).rejects.toMatchObject({
    code: 'unsupported',
    message: expect.stringMatching(
      /^Cannot publish with model .*: it has 58\.\d MB, and a Worker's memory holds 58\.7 MB of a model: take a smaller model, or answer it from another machine with softprompt serve; publish --any-size takes it as it is\.$/,
    ),
  })
  const { warnings } = await preparePublication(at('on-too-large'), at('too-large'), { anySize: true })
  expect(warnings).toEqual([expect.stringMatching(/^no Worker can answer with this model: it has 58\.\d MB/)])
})

test('a file larger than a part goes up in parts, tells how far it is, and reads back the same', async () => {
  const large = await writeSmallModel(at('large'), { name: 'large', weightBytes: 2 ** 24 + 12345 })
  await writeRandomPrompt(at('on-large'), large, { task: 'on-large' })
  const published = await publishFrom(at('on-large'), { from: at('large') })
  const stored = (await local.bucket.get(`models/${published.models.int8}/model.onnx.data`))!
  expect(stored.size).toBe(2 ** 24 + 12345)
  expect(published.status).toEqual(['49 % of model.onnx.data', '99 % of model.onnx.data', '100 % of model.onnx.data'])
  expect(await sha256(new Uint8Array(await stored.arrayBuffer()))).toBe(large.files['model.onnx.data'].sha256)
})

test('packages that were there already become young again to gc', async () => {
  const prompt = await writeRandomPrompt(at('renewed'), model, { task: 'renewed' })
  const published = await publishFrom(at('renewed'))
  const cards = [`prompts/${prompt}/prompt.json`, `models/${published.models.int8}/model.json`]
  const publishedAgain = async () => {
    await local.bucket.delete('tasks/renewed.json')
    const before = await local.contents()
    await publishFrom(at('renewed'))
    const after = await local.contents()
    return Object.keys(before).filter((key) => before[key] !== after[key])
  }
  expect(await publishedAgain()).toEqual([]) // they are young still
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 120_000 })
  expect(await publishedAgain()).toEqual(cards.toSorted())
  vi.useRealTimers()
})

describe('what was lost or never finished', () => {
  test('a file missing from the live version is uploaded again', async () => {
    const prompt = await writeRandomPrompt(at('healed'), model, { task: 'healed' })
    await publishFrom(at('healed'))
    await local.bucket.delete(`prompts/${prompt}/labels.safetensors`)
    expect(await publishFrom(at('healed'))).toMatchObject({ changed: false, log: [expect.stringContaining('labels.safetensors')] })
    expect(await local.bucket.head(`prompts/${prompt}/labels.safetensors`)).not.toBeNull()
  })

  test('a file of the right size without a card is not trusted', async () => {
    const prompt = await writeRandomPrompt(at('unfinished'), model, { task: 'unfinished' })
    const wanted = await readFile(at('unfinished', 'labels.safetensors'))
    await local.bucket.put(`prompts/${prompt}/labels.safetensors`, new Uint8Array(wanted.length))
    await publishFrom(at('unfinished'))
    const object = (await local.bucket.get(`prompts/${prompt}/labels.safetensors`))!
    expect(Buffer.from(await object.arrayBuffer())).toEqual(wanted)
  })

  test.each(['prompt.json', 'adapter_model.safetensors'])('where %s reads back different, the task stays as it was', async (damaged) => {
    const task = `damaged-${damaged.split(/[._]/)[0]}`
    const first = await writeRandomPrompt(at(task, '1'), model, { task, seed: 1 })
    await writeRandomPrompt(at(task, '2'), model, { task, seed: 2 })
    await publishFrom(at(task, '1'))
    const bucket = alteredBucket(local.bucket, async (operation, key, run) => {
      const result = await run()
      if (operation === 'put' && key.endsWith(damaged)) await local.bucket.put(key, new Uint8Array((await local.bucket.head(key))!.size))
      return result
    })
    await expect(publishFrom(at(task, '2'), { bucket })).rejects.toMatchObject({
      code: 'storage',
      message: expect.stringContaining(damaged),
    })
    expect((await pointed(task))!.live.prompt).toBe(first)

    const { prompt } = await publishFrom(at(task, '2')) // what is damaged in the bucket is not taken for good by the next one
    const stored = (await local.bucket.get(`prompts/${prompt}/${damaged}`))!
    expect(Buffer.from(await stored.arrayBuffer())).toEqual(await readFile(at(task, '2', damaged)))
  })

  test('a file that gc removes while the rest is uploaded stops the publish', async () => {
    const prompt = await writeRandomPrompt(at('swept'), model, { task: 'swept' })
    const bucket = alteredBucket(local.bucket, async (operation, key, run) => {
      if (operation === 'put' && key.endsWith('prompt.json')) await local.bucket.delete(`prompts/${prompt}/labels.safetensors`)
      return run()
    })
    await expect(publishFrom(at('swept'), { bucket })).rejects.toMatchObject({ code: 'storage' })
    expect(await pointed('swept')).toBeNull()
  })

  test('an interrupted publish leaves the task as it was', async () => {
    await writeRandomPrompt(at('interrupted'), model, { task: 'interrupted' })
    const controller = new AbortController()
    const bucket = alteredBucket(local.bucket, async (operation, key, run) => {
      if (operation === 'put' && key.startsWith('prompts/')) controller.abort()
      return run()
    })
    await expect(publishFrom(at('interrupted'), { bucket, signal: controller.signal })).rejects.toMatchObject({ code: 'interrupted' })
    expect(await pointed('interrupted')).toBeNull()
  })

  test('a bucket that goes away when the publish is interrupted is not what is told', async () => {
    await writeRandomPrompt(at('both'), model, { task: 'both' })
    const controller = new AbortController()
    const bucket = alteredBucket(local.bucket, async (operation, key, run) => {
      if (operation !== 'put' || !key.startsWith('prompts/')) return run()
      controller.abort()
      throw new Error('The runtime has ended. (10002)')
    })
    await expect(publishFrom(at('both'), { bucket, signal: controller.signal })).rejects.toMatchObject({ code: 'interrupted' })
  })
})

describe('a model package that is not whole is refused before the task is touched', () => {
  const cases: [string, string, (directory: string) => Promise<void>, string][] = [
    ['no card', 'invalid_model', (directory) => rm(join(directory, 'model.json')), 'no model.json'],
    ['a card that is not JSON', 'invalid_model', (directory) => truncate(join(directory, 'model.json'), 40), 'not JSON'],
    ['a missing file', 'invalid_file', (directory) => rm(join(directory, 'model.onnx')), 'there is none'],
    ['a cut file', 'invalid_file', (directory) => truncate(join(directory, 'model.onnx.data'), 100), 'this has 100'],
    ['a longer file', 'invalid_file', (directory) => appendFile(join(directory, 'tokenizer.json'), ' '), 'this has'],
    [
      'a changed file',
      'invalid_file',
      async (directory) => writeFile(join(directory, 'model.onnx.data'), new Uint8Array(model.files['model.onnx.data'].bytes)),
      'not the file that its card describes',
    ],
    ['an oversize card', 'invalid_model', (directory) => truncate(join(directory, 'model.json'), 2 ** 20), 'at most'],
  ]
  beforeAll(async () => {
    await writeRandomPrompt(at('on-broken'), await writeSmallModel(at('whole'), { name: 'whole' }), { task: 'on-broken' })
  })

  test.each(cases)('%s', async (what, code, spoil, message) => {
    const broken = at(`broken-${what.replaceAll(' ', '-')}`)
    await cp(at('whole'), broken, { recursive: true })
    await spoil(broken)
    const cards = async () => Object.keys(await local.contents()).filter((key) => key.endsWith('model.json'))
    const before = await cards()
    await expect(publishFrom(at('on-broken'), { from: broken })).rejects.toMatchObject({ code, message: expect.stringContaining(message) })
    expect(await pointed('on-broken')).toBeNull()
    expect(await cards()).toEqual(before)
  })
})
