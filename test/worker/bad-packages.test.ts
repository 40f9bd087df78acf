import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { prefixElements } from '../../shared/engine/families/decoder.ts'
import { cardText } from '../../shared/formats/card.ts'
import { labelTensor, type PromptFiles, promptTensor } from '../../shared/formats/prompt-package.ts'
import { writeSafetensors } from '../../shared/formats/safetensors.ts'
import { randomPrompt, twoLabels } from '../fixtures/random-prompt.ts'
import { pointTask, uploadModel, uploadPrompt } from '../fixtures/upload.ts'
import { classify, post, refusal } from '../fixtures/worker/ask.ts'
import { defaultModel, model, modelCard, publish } from '../fixtures/worker/bucket.ts'

const H = modelCard.sizes.hidden

/** What a caller is told whose task's package has `files`. */
async function answerWith(
  files: Partial<PromptFiles> & Pick<PromptFiles, 'prompt.json'>,
): Promise<{ status: number; code: string; message: string }> {
  await pointTask(env.BUCKET, 'broken', { prompt: await uploadPrompt(env.BUCKET, files), model })
  return refusal(post('/v1/tasks/broken/classify', { input: 'Does it answer?' }))
}

function promptOf(values: Float32Array, shape: readonly number[] = [5, H]): Uint8Array<ArrayBuffer> {
  return writeSafetensors({ [promptTensor]: { shape, data: values } })
}

const whole = promptOf(new Float32Array(5 * H))
const header = (json: string, dataBytes: number) => {
  const text = new TextEncoder().encode(json)
  const bytes = new Uint8Array(8 + text.length + dataBytes)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true)
  bytes.set(text, 8)
  return bytes
}
const lyingLength = whole.slice()
new DataView(lyingLength.buffer).setBigUint64(0, 2n ** 60n, true)
const withNaN = new Float32Array(5 * H)
withNaN[7] = Number.NaN

describe('a prompt package is refused, and the next request of another task is answered', () => {
  const adapter: [string, Uint8Array<ArrayBuffer>, string, string][] = [
    ['is cut short', whole.slice(0, -100), 'invalid_file', 'ends at byte'],
    ['is shorter than its length field', whole.slice(0, 5), 'invalid_file', 'at least 8'],
    ['claims a header longer than itself', lyingLength, 'invalid_file', 'header claims'],
    ['has a header that is not JSON', header('{"prompt_embeddings', 0), 'invalid_file', 'not JSON'],
    [
      'claims more data than its shape needs',
      header(`{"${promptTensor}":{"dtype":"F32","shape":[5,${H}],"data_offsets":[0,8]}}`, 8),
      'invalid_file',
      'needs',
    ],
    ['holds NaN', promptOf(withNaN), 'invalid_file', 'NaN'],
    ['holds infinities', promptOf(new Float32Array(5 * H).fill(Number.POSITIVE_INFINITY)), 'invalid_file', 'Infinity'],
    ['has another width', promptOf(new Float32Array(5 * 64), [5, 64]), 'invalid_prompt', 'shape'],
    ['has another length than the card says', promptOf(new Float32Array(4 * H), [4, H]), 'invalid_prompt', 'shape'],
    ['has no prompt in it', writeSafetensors({ something: { shape: [1], data: new Float32Array(1) } }), 'invalid_prompt', promptTensor],
  ]
  it.each(adapter)('where adapter_model.safetensors %s', async (_, bytes, code, message) => {
    const files = await randomPrompt(modelCard, { task: 'broken', files: { 'adapter_model.safetensors': bytes } })
    expect(await answerWith(files)).toMatchObject({ status: 500, code, message: expect.stringContaining(message) })
    await publish({ task: 'sound' })
    const inputs = ['sound', 'broken'].map((task) => ({ task, input: 'Which of us is it?' }))
    expect(await refusal(post('/v1/classify', { inputs }))).toMatchObject({ status: 500, code, param: 'inputs.1.task' })
    expect(await classify([{ task: 'sound', input: 'Still there?' }])).toHaveLength(1)
  })

  it('where the label rows hold NaN, or are too few', async () => {
    const labels = (data: Float32Array, rows: number) => ({
      'labels.safetensors': writeSafetensors({ [labelTensor]: { shape: [rows, H], data } }),
    })
    const broken = await randomPrompt(modelCard, { task: 'broken', files: labels(new Float32Array(2 * H).fill(Number.NaN), 2) })
    expect(await answerWith(broken)).toMatchObject({ status: 500, code: 'invalid_file', message: expect.stringContaining('NaN') })
    const few = await randomPrompt(modelCard, { task: 'broken', files: labels(new Float32Array(H), 1) })
    expect(await answerWith(few)).toMatchObject({ status: 500, code: 'invalid_prompt', message: expect.stringContaining('shape') })
  })

  it('where its values drive the scores out of the numbers', async () => {
    const P = 5
    const huge = new Float32Array(prefixElements(P, modelCard.sizes)).fill(3e38)
    const files = await randomPrompt(modelCard, {
      task: 'broken',
      card: { method: 'prefix', virtualTokens: P },
      files: { 'adapter_model.safetensors': promptOf(huge, [P, prefixElements(1, modelCard.sizes)]) },
    })
    expect(await answerWith(files)).toMatchObject({ status: 500, code: 'invalid_prompt', message: expect.stringContaining('NaN') })
  })

  it('where it is for another base, naming both', async () => {
    const base = { hash: 'ab'.repeat(32), name: 'another', weights: 'int8' as const, graphVersion: 1 }
    const answer = await answerWith(await randomPrompt(modelCard, { task: 'broken', card: { base } }))
    expect(answer).toMatchObject({ status: 500, code: 'base_mismatch' })
    expect(answer.message).toContain(base.hash)
    expect(answer.message).toContain(modelCard.baseHash)
  })

  it('where a file is missing, the card first of all', async () => {
    const files = await randomPrompt(modelCard, { task: 'broken', seed: 99 })
    const { 'labels.safetensors': _, ...without } = files
    expect(await answerWith(without)).toMatchObject({
      status: 500,
      code: 'invalid_file',
      message: expect.stringContaining('labels.safetensors'),
    })
    const prompt = 'cd'.repeat(32)
    await pointTask(env.BUCKET, 'broken', { prompt, model })
    expect(await refusal(post('/v1/tasks/broken/classify', { input: 'Anyone?' }))).toMatchObject({
      status: 500,
      message: expect.stringContaining(`prompts/${prompt}/prompt.json`),
    })
  })

  it('where a file is another than the card describes, longer ones unread', async () => {
    const swapped = await randomPrompt(modelCard, { task: 'broken', honest: false, files: { 'adapter_model.safetensors': whole } })
    expect(await answerWith(swapped)).toMatchObject({ status: 500, code: 'invalid_prompt', message: expect.stringContaining('SHA-256') })
    const longer = await randomPrompt(modelCard, {
      task: 'broken',
      honest: false,
      files: { 'adapter_model.safetensors': promptOf(new Float32Array(6 * H), [6, H]) },
    })
    expect(await answerWith(longer)).toMatchObject({ status: 500, code: 'invalid_file', message: expect.stringContaining('at most') })
  })

  it('where the card is not JSON, has a wrong field, or is not the one of its name', async () => {
    const files = await randomPrompt(modelCard, { task: 'broken' })
    const encoded = (text: string) => new Uint8Array(new TextEncoder().encode(text))
    expect(await answerWith({ ...files, 'prompt.json': encoded('{"format":') })).toMatchObject({
      status: 500,
      code: 'invalid_prompt',
      message: expect.stringContaining('not JSON'),
    })
    const card = JSON.parse(new TextDecoder().decode(files['prompt.json']))
    expect(await answerWith({ ...files, 'prompt.json': encoded(cardText({ ...card, virtualTokens: -1 })) })).toMatchObject({
      status: 500,
      message: expect.stringContaining('virtualTokens'),
    })
    expect(await answerWith({ ...files, 'prompt.json': encoded(cardText({ ...card, labels: twoLabels.slice(0, 1) })) })).toMatchObject({
      status: 500,
      message: expect.stringContaining('labels'),
    })
    const prompt = 'ef'.repeat(32)
    await env.BUCKET.put(`prompts/${prompt}/prompt.json`, files['prompt.json'])
    await pointTask(env.BUCKET, 'broken', { prompt, model })
    expect(await refusal(post('/v1/tasks/broken/classify', { input: 'Who?' }))).toMatchObject({
      status: 500,
      code: 'invalid_prompt',
      message: expect.stringContaining('hash'),
    })
  })

  it('where its template leaves no room for a text', async () => {
    const card = { maxTokens: 3, template: 'A rather long introduction before {text} and after it' }
    expect(await answerWith(await randomPrompt(modelCard, { task: 'broken', card }))).toMatchObject({
      status: 500,
      code: 'invalid_prompt',
      message: expect.stringContaining('11 tokens of the 3'),
    })
  })
})

describe('a pointer is refused', () => {
  it.each([
    ['that is not JSON', '{'],
    ['without a live version', '{"previous":[],"updated":""}'],
    ['with a path for a hash', JSON.stringify({ live: { prompt: '../../models', model }, previous: [], updated: '' })],
  ])('%s', async (_, pointer) => {
    await env.BUCKET.put('tasks/odd.json', pointer)
    expect(await refusal(post('/v1/tasks/odd/classify', { input: 'Where?' }))).toMatchObject({
      status: 500,
      code: 'invalid_file',
      message: expect.stringContaining('tasks/odd.json'),
    })
  })
})

describe('a model package is refused', () => {
  const answerOn = async (files: Parameters<typeof uploadModel>[1]) => {
    const other = await uploadModel(env.BUCKET, files)
    const prompt = await uploadPrompt(env.BUCKET, await randomPrompt(modelCard, { task: 'broken' }))
    await pointTask(env.BUCKET, 'broken', { prompt, model: other })
    return refusal(post('/v1/tasks/broken/classify', { input: 'Does it answer?' }))
  }
  const card = JSON.parse(new TextDecoder().decode(defaultModel['model.json']))
  const withCard = (changes: object) => new Uint8Array(new TextEncoder().encode(cardText({ ...card, ...changes })))

  it('where its weights are cut or changed', async () => {
    const cut = {
      ...defaultModel,
      'model.json': withCard({ name: 'cut' }),
      'model.onnx.data': defaultModel['model.onnx.data'].slice(0, -1),
    }
    expect(await answerOn(cut)).toMatchObject({ status: 500, code: 'invalid_model', message: expect.stringContaining('model.onnx.data') })
    const changed = defaultModel['model.onnx.data'].slice()
    changed[1000] = (changed[1000] as number) ^ 1
    expect(await answerOn({ ...defaultModel, 'model.json': withCard({ name: 'changed' }), 'model.onnx.data': changed })).toMatchObject({
      status: 500,
      code: 'invalid_model',
    })
  })

  it('where its card promises another graph', async () => {
    expect(await answerOn({ ...defaultModel, 'model.json': withCard({ sizes: { ...card.sizes, layers: 5 } }) })).toMatchObject({
      status: 500,
      code: 'invalid_model',
      message: expect.stringContaining('its graph takes'),
    })
  })

  it('where it is too large for a Worker, before its weights are read', async () => {
    const files = { ...card.files, 'model.onnx.data': { ...card.files['model.onnx.data'], bytes: 10 ** 9 } }
    expect(await answerOn({ 'model.json': withCard({ files }) })).toMatchObject({
      status: 500,
      code: 'unsupported',
      message: expect.stringContaining('memory'),
    })
  })

  it('where ONNX Runtime refuses the graph; the good model answers after it', async () => {
    const graph = new Uint8Array(new TextEncoder().encode('not a graph'))
    const sha256 = Array.from(new Uint8Array(await crypto.subtle.digest('SHA-256', graph)), (byte) =>
      byte.toString(16).padStart(2, '0'),
    ).join('')
    const files = { ...card.files, 'model.onnx': { bytes: graph.length, sha256 } }
    expect(await answerOn({ ...defaultModel, 'model.json': withCard({ files }), 'model.onnx': graph })).toMatchObject({
      status: 500,
      code: 'invalid_model',
      message: expect.stringContaining('ONNX Runtime'),
    })
    await publish({ task: 'sound' })
    expect(await classify([{ task: 'sound', input: 'Still there?' }])).toHaveLength(1)
  })
})
