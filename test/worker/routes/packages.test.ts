import { reset } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { uploadModel } from '../../fixtures/upload.ts'
import { ask, refusal } from '../../fixtures/worker/ask.ts'
import { decoderFiles, model, publish } from '../../fixtures/worker/bucket.ts'

let prompt: string
beforeAll(async () => {
  await reset()
  await uploadModel(env.BUCKET, decoderFiles)
  prompt = await publish({ task: 'mood' })
})

const graph = decoderFiles['model.onnx']
const get = (file: string, headers: Record<string, string> = {}, method = 'GET') => ask(`/v1/models/${model}/${file}`, { method, headers })
const bytesOf = async (response: Response) => new Uint8Array(await response.arrayBuffer())
const told = ({ status, headers }: Response) => [status, headers.get('content-range'), headers.get('content-length')]

describe('a file of a package', () => {
  it('comes whole, with what lets anybody keep it for ever', async () => {
    const response = await get('model.onnx')
    expect(response.status).toBe(200)
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'accept-ranges': 'bytes',
      'cache-control': 'public, max-age=31536000, immutable',
      'content-length': String(graph.length),
      'content-type': 'application/octet-stream',
      etag: `"models/${model}/model.onnx"`,
      'x-content-type-options': 'nosniff',
    })
    expect(await bytesOf(response)).toEqual(graph)
  })

  it('is JSON where its name says so', async () => {
    const response = await ask(`/v1/prompts/${prompt}/prompt.json`)
    expect(response.headers.get('content-type')).toBe('application/json')
    expect(await response.json()).toMatchObject({ task: 'mood' })
    expect((await ask(`/v1/prompts/${prompt}/labels.safetensors`)).status).toBe(200)
  })

  it('is kept by nobody but the caller where keys are set, and is not for those without one', async () => {
    const keys = { API_KEYS: 'key' }
    const path = `/v1/models/${model}/model.json`
    expect(await refusal(ask(path, {}, keys))).toMatchObject({ status: 401 })
    const response = await ask(path, { headers: { authorization: 'Bearer key' } }, keys)
    expect(response.headers.get('cache-control')).toBe('private, max-age=31536000, immutable')
    await bytesOf(response)
  })

  it.each([
    [`/v1/models/${'ab'.repeat(32)}/model.json`, 404, 'not_found', null],
    [`/v1/models/${model}/secrets.json`, 400, 'invalid_request', 'file'],
    [`/v1/models/${model}/prompt.json`, 400, 'invalid_request', 'file'],
    [`/v1/models/${model.toUpperCase()}/model.json`, 400, 'invalid_request', 'hash'],
    ['/v1/models/..%2f..%2ftasks/model.json', 400, 'invalid_request', 'hash'],
    [`/v1/prompts/${model}/prompt.json`, 404, 'not_found', null],
  ])('is nothing else of the bucket: %s', async (path, status, code, param) => {
    const response = await ask(path)
    expect(response.headers.get('cache-control')).toBeNull()
    expect(await refusal(response)).toMatchObject({ status, code, param })
  })

  it('is told of by HEAD without its bytes', async () => {
    const response = await get('model.onnx', {}, 'HEAD')
    expect(told(response)).toEqual([200, null, String(graph.length)])
    expect(await bytesOf(response)).toHaveLength(0)
  })

  it('is not sent again to who has it', async () => {
    const etag = (await get('model.onnx', {}, 'HEAD')).headers.get('etag') as string
    for (const named of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const response = await get('model.onnx', { 'if-none-match': named })
      expect([response.status, response.headers.get('etag'), response.body]).toEqual([304, etag, null])
    }
    expect((await get('model.onnx', { 'if-none-match': '"other"' })).status).toBe(200)
  })
})

describe('a range', () => {
  const N = graph.length

  it.each([
    ['bytes=0-99', 0, 100],
    ['bytes=100-199', 100, 200],
    [`bytes=${N - 1}-`, N - 1, N],
    ['bytes=5-99999999999', 5, N],
    ['bytes=-7', N - 7, N],
    [`bytes=-${N + 1}`, 0, N],
  ])('%s is a part of the file', async (range, from, to) => {
    const response = await get('model.onnx', { range })
    expect(told(response)).toEqual([206, `bytes ${from}-${to - 1}/${N}`, String(to - from)])
    expect(await bytesOf(response)).toEqual(graph.slice(from, to))
  })

  it.each(['bytes=1-0', 'bytes=0-1,3-4', 'bytes=-', 'bytes=a-b', 'lines=0-1', ''])(
    '%j is none, and the whole file comes',
    async (range) => {
      const response = await get('model.onnx', { range })
      expect(told(response)).toEqual([200, null, String(N)])
      await bytesOf(response)
    },
  )

  it.each([`bytes=${N}-`, `bytes=${N}-${N + 5}`, 'bytes=-0'])('%s is behind the end', async (range) => {
    const response = await get('model.onnx', { range })
    expect(told(response).slice(0, 2)).toEqual([416, `bytes */${N}`])
    expect(await refusal(response)).toMatchObject({ code: 'range_not_satisfiable' })
  })

  it('of another file is the whole of this one', async () => {
    const etag = (await get('model.onnx', {}, 'HEAD')).headers.get('etag') as string
    const status = async (ifRange: string) => {
      const response = await get('model.onnx', { range: 'bytes=0-9', 'if-range': ifRange })
      await bytesOf(response)
      return response.status
    }
    expect([await status(etag), await status('"other"'), await status(`W/${etag}`)]).toEqual([206, 200, 200])
  })
})
