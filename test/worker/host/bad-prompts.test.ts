import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { cardText } from '../../../shared/formats/card.ts'
import { promptTensor } from '../../../shared/formats/peft.ts'
import { prefixElements } from '../../../shared/formats/prefix.ts'
import type { PromptCard } from '../../../shared/formats/prompt-card.ts'
import { labelTensors, type PromptFiles } from '../../../shared/formats/prompt-package.ts'
import { writeSafetensors } from '../../../shared/formats/safetensors.ts'
import { randomPrompt, twoLabels } from '../../fixtures/random-prompt.ts'
import { pointTask, uploadPrompt } from '../../fixtures/upload.ts'
import { classify, post, refusal } from '../../fixtures/worker/ask.ts'
import { modelCard, publish, versionOf } from '../../fixtures/worker/bucket.ts'

const H = modelCard.sizes.hidden

afterEach(() => void vi.restoreAllMocks())

/** What a caller is told whose task's package has `files`. */
async function answerWith(
  files: Partial<PromptFiles> & Pick<PromptFiles, 'prompt.json'>,
): Promise<{ status: number; code: string; message: string }> {
  await pointTask(env.BUCKET, 'broken', versionOf(await uploadPrompt(env.BUCKET, files)))
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

  const two = { shape: [2, H], data: new Float32Array(2 * H) }
  const none = { shape: [2], data: new Float32Array(2) }
  const { rows, bias } = labelTensors
  it.each([
    ['label rows hold NaN', { [rows]: { ...two, data: two.data.slice().fill(Number.NaN) }, [bias]: none }, 'invalid_file', 'NaN'],
    [
      'label rows are too few',
      { [rows]: { shape: [1, H], data: new Float32Array(H) }, [bias]: none },
      'invalid_prompt',
      'tensor label_rows has shape',
    ],
    ['label rows are not there', { [bias]: none }, 'invalid_prompt', 'no tensor label_rows'],
    [
      'bias holds infinities',
      { [rows]: two, [bias]: { ...none, data: none.data.slice().fill(Number.POSITIVE_INFINITY) } },
      'invalid_file',
      'Infinity',
    ],
    [
      'bias is of more labels',
      { [rows]: two, [bias]: { shape: [3], data: new Float32Array(3) } },
      'invalid_prompt',
      'tensor bias has shape',
    ],
    ['bias is not there', { [rows]: two }, 'invalid_prompt', 'no tensor bias'],
  ])('where its %s', async (_, tensors, code, message) => {
    const files = await randomPrompt(modelCard, { task: 'broken', files: { 'labels.safetensors': writeSafetensors(tensors) } })
    expect(await answerWith(files)).toMatchObject({ status: 500, code, message: expect.stringContaining(message) })
  })

  it('where its values drive the scores out of the numbers', async () => {
    const P = 5
    const huge = new Float32Array(prefixElements(P, modelCard.sizes)).fill(3e38)
    const files = await randomPrompt(modelCard, {
      task: 'broken',
      card: { kind: 'prefix', virtualTokens: P },
      files: { 'adapter_model.safetensors': promptOf(huge, [P, prefixElements(1, modelCard.sizes)]) },
    })
    expect(await answerWith(files)).toMatchObject({ status: 500, code: 'invalid_prompt', message: expect.stringContaining('NaN') })
  })

  it('where it is for another base, naming both', async () => {
    const base = { hash: 'ab'.repeat(32), name: 'another', weights: 'int8', graphVersion: 1 }
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
    await pointTask(env.BUCKET, 'broken', versionOf(prompt))
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
    await pointTask(env.BUCKET, 'broken', versionOf(prompt))
    expect(await refusal(post('/v1/tasks/broken/classify', { input: 'Who?' }))).toMatchObject({
      status: 500,
      code: 'invalid_prompt',
      message: expect.stringContaining('hash'),
    })
  })

  const softmax = { type: 'softmax', version: 1, temperature: 1 }
  it.each([
    ['kind', { kind: 'soft' }, 'invalid_prompt', 'field kind is wrong: it is soft, and table and prefix are supported here'],
    [
      'type of answer',
      { answer: { ...softmax, type: 'tanh' } },
      'unsupported',
      'its answer is of type tanh, and sigmoid, softmax are supported here',
    ],
    ['type of answer', { answer: { ...softmax, type: 'toString' } }, 'unsupported', 'its answer is of type toString'],
    [
      'version of answer',
      { answer: { ...softmax, version: 3 } },
      'unsupported',
      'type softmax, version 3, and versions 1 and 2 are supported here',
    ],
    ['temperature', { answer: { type: 'softmax', version: 1 } }, 'invalid_prompt', 'field temperature is wrong'],
    ['temperature', { answer: { ...softmax, temperature: 0 } }, 'invalid_prompt', 'field temperature is wrong'],
    ['readout', { readout: 'mean' }, 'unsupported', 'its readout is mean, and last are supported here'],
    ['position', { positionOffset: 0 }, 'unsupported', 'begin at position 0, and behind 5 virtual tokens they may begin at 5'],
    ['position', { positionOffset: 10 ** 6 }, 'invalid_prompt', 'begin at position 1000000, need more than'],
    [
      'version',
      { version: 1, kind: undefined, answer: undefined },
      'invalid_prompt',
      'field version is wrong: it is 1, and version 2 is read here. Train it again.',
    ],
  ])('where its card names a %s that is not supported here, and says so in the log: %j', async (_, card, code, message) => {
    const logged = vi.spyOn(console, 'error')
    const answer = await answerWith(await randomPrompt(modelCard, { task: 'broken', card: card as unknown as Partial<PromptCard> }))
    expect(answer).toMatchObject({ status: 500, code, message: expect.stringContaining(message) })
    expect(answer.message).toMatch(/prompt [0-9a-f]{64}/)
    expect(logged).toHaveBeenCalledWith(`${code}: ${answer.message}`)
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
