import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { cardText } from '../../../shared/formats/card.ts'
import { sha256 } from '../../../shared/formats/hashing.ts'
import { randomPrompt } from '../../fixtures/random-prompt.ts'
import { pointTask, uploadModel, uploadPrompt } from '../../fixtures/upload.ts'
import { classify, post, refusal } from '../../fixtures/worker/ask.ts'
import { decoderFiles, modelCard, publish, versionOf } from '../../fixtures/worker/bucket.ts'

afterEach(() => void vi.restoreAllMocks())

describe('a model package is refused', () => {
  const answerOn = async (files: Parameters<typeof uploadModel>[1]) => {
    const other = await uploadModel(env.BUCKET, files)
    const prompt = await uploadPrompt(env.BUCKET, await randomPrompt(modelCard, { task: 'broken' }))
    await pointTask(env.BUCKET, 'broken', versionOf(prompt, other))
    return refusal(post('/v1/tasks/broken/classify', { input: 'Does it answer?' }))
  }
  const card = JSON.parse(new TextDecoder().decode(decoderFiles['model.json']))
  const withCard = (changes: object) => new Uint8Array(new TextEncoder().encode(cardText({ ...card, ...changes })))

  it('where its weights are cut or changed', async () => {
    const cut = {
      ...decoderFiles,
      'model.json': withCard({ name: 'cut' }),
      'model.onnx.data': decoderFiles['model.onnx.data'].slice(0, -1),
    }
    expect(await answerOn(cut)).toMatchObject({ status: 500, code: 'invalid_model', message: expect.stringContaining('model.onnx.data') })
    const changed = decoderFiles['model.onnx.data'].slice()
    changed[1000] = (changed[1000] as number) ^ 1
    expect(await answerOn({ ...decoderFiles, 'model.json': withCard({ name: 'changed' }), 'model.onnx.data': changed })).toMatchObject({
      status: 500,
      code: 'invalid_model',
    })
  })

  it('where its card promises another graph', async () => {
    expect(await answerOn({ ...decoderFiles, 'model.json': withCard({ sizes: { ...card.sizes, layers: 5 } }) })).toMatchObject({
      status: 500,
      code: 'invalid_model',
      message: expect.stringContaining('its graph takes'),
    })
  })

  it.each([
    [{ family: 'oracle' }, 'unsupported', 'its family is oracle, and decoder, encoder, gpuDecoder are supported here'],
    [{ family: 'toString' }, 'unsupported', 'its family is toString'],
    [{ readout: 'mean' }, 'unsupported', 'its readout is mean, and last are supported here'],
    [
      { version: 1, family: undefined, tolerance: undefined },
      'invalid_model',
      'field version is wrong: it is 1, and version 2 is read here. Import the checkpoint again.',
    ],
  ])('where its card names what is not known here: %j', async (changes, code, message) => {
    const logged = vi.spyOn(console, 'error')
    const answer = await answerOn({ ...decoderFiles, 'model.json': withCard(changes) })
    expect(answer).toMatchObject({ status: 500, code, message: expect.stringContaining(message) })
    expect(logged).toHaveBeenCalledWith(`${code}: ${answer.message}`)
  })

  it('where its tokenizer has a regular expression that backtracks and that its card does not say was checked', async () => {
    const json = JSON.parse(new TextDecoder().decode(decoderFiles['tokenizer.json']))
    const tokenizer = new Uint8Array(
      new TextEncoder().encode(
        JSON.stringify({ ...json, normalizer: { type: 'Replace', pattern: { Regex: '(\\w+\\s?)+$' }, content: '' } }),
      ),
    )
    const files = { ...card.files, 'tokenizer.json': { bytes: tokenizer.length, sha256: await sha256(tokenizer) } }
    expect(await answerOn({ ...decoderFiles, 'model.json': withCard({ files }), 'tokenizer.json': tokenizer })).toMatchObject({
      status: 500,
      code: 'unsupported',
      message: expect.stringContaining(String.raw`its regular expression "(\\w+\\s?)+$" is not that of a known tokenizer`),
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
    const files = { ...card.files, 'model.onnx': { bytes: graph.length, sha256: await sha256(graph) } }
    expect(await answerOn({ ...decoderFiles, 'model.json': withCard({ files }), 'model.onnx': graph })).toMatchObject({
      status: 500,
      code: 'invalid_model',
      message: expect.stringContaining('ONNX Runtime'),
    })
    await publish({ task: 'sound' })
    expect(await classify([{ task: 'sound', input: 'Still there?' }])).toHaveLength(1)
  })
})
