import type { EventEmitter } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type DirectWorker, startWorker } from '../fixtures/direct-worker.ts'

const megabyte = 2 ** 20
const path = '/v1/tasks/mood/classify'

let worker: DirectWorker
beforeAll(async () => {
  worker = await startWorker('worker/index.ts')
})
afterAll(() => worker?.dispose())

/** `bytes` of nothing that could be JSON, a block at a time. */
function* blocks(bytes: number): Generator<Buffer> {
  const block = Buffer.alloc(65536, 'x')
  for (let left = bytes; left > 0; left -= block.length) yield block.subarray(0, Math.min(left, block.length))
}

const event = (emitter: EventEmitter, name: string) => new Promise<unknown>((resolve) => emitter.once(name, resolve))

/** The answer to `bytes` posted as most clients do it: all is sent before anything is read. Its length is announced, or it comes in chunks. */
async function posted(bytes: number, { announced = false, at = path, to = worker } = {}) {
  const headers = { 'content-type': 'application/json', ...(announced ? { 'content-length': bytes } : {}) }
  const sent = request(new URL(at, to.url), { method: 'POST', headers })
  const answered = event(sent, 'response') as Promise<IncomingMessage>
  const lost = event(sent, 'error').then((error) => Promise.reject(error))
  const all = async () => {
    for (const block of blocks(bytes)) if (!sent.write(block)) await Promise.race([event(sent, 'drain'), lost])
    sent.end()
    const response = await answered
    let text = ''
    for await (const chunk of response) text += chunk
    return { status: response.statusCode, error: JSON.parse(text).error }
  }
  return Promise.race([all(), lost])
}

const tooLarge = { type: 'invalid_request_error', code: 'too_large', param: null, message: expect.stringContaining('1048576 bytes') }

describe('a body beyond the limit is heard out and answered', () => {
  test.each([1.5, 5, 10, 20, 31])('%d MB', async (megabytes) => {
    for (const announced of [false, true]) {
      expect(await posted(megabytes * megabyte, { announced })).toEqual({ status: 413, error: tooLarge })
    }
  })

  test('also where the body never mattered', async () => {
    for (const announced of [false, true]) {
      expect(await posted(10 * megabyte, { announced, at: '/nothing' })).toMatchObject({ status: 404, error: { code: 'not_found' } })
      expect(await posted(10 * megabyte, { announced, at: '/healthz' })).toMatchObject({ status: 405 })
    }
  })
})

test('a body where none is wanted changes nothing', async () => {
  const answer = (method: string, at: string) =>
    new Promise<number | undefined>((resolve, reject) => {
      const sent = request(new URL(at, worker.url), { method, headers: { 'content-type': 'application/json', 'content-length': 2 } })
      sent.on('response', (response) => resolve(response.resume().statusCode))
      sent.on('error', reject)
      sent.end('{}')
    })
  expect(await answer('GET', '/v1/tasks')).toBe(200)
  expect(await answer('GET', path)).toBe(405)
  expect(await answer('HEAD', path)).toBe(405)
  expect(await answer('GET', '/healthz')).toBe(200)
})

describe("a body that breaks off is the caller's fault, and nothing to log", () => {
  /** The answer to a request with this field for the length of its body, after which the caller sends no more. */
  async function answer(length: string, body: string): Promise<string> {
    const socket = connect(Number(worker.url.port), worker.url.hostname)
    await event(socket, 'connect')
    let text = ''
    socket.on('data', (chunk) => (text += chunk))
    socket.end(`POST ${path} HTTP/1.1\r\nHost: worker\r\nContent-Type: application/json\r\n${length}\r\n\r\n${body}`)
    await event(socket, 'close')
    return text
  }

  test.each([
    ['shorter than announced', 'Content-Length: 100', '{"input": "good"}'],
    ['within a chunk', 'Transfer-Encoding: chunked', '11\r\n{"input": "go'],
    ['with a chunk of no size', 'Transfer-Encoding: chunked', 'xyz\r\n{"input": "good"}\r\n0\r\n\r\n'],
    ['with a chunk longer than its size', 'Transfer-Encoding: chunked', '3\r\n{"input": "good"}\r\n0\r\n\r\n'],
  ])('%s', async (_, length, body) => {
    const logged = worker.log().length
    expect(await answer(length, body)).toMatch(/^HTTP\/1\.1 400 .*"code":"invalid_request"/s)
    expect(worker.log().slice(logged)).toBe('')
  })
})

describe('a body that does not end', () => {
  /** A socket on which a chunked body was begun. `answer` is what comes back until the other side closes. */
  async function begun(): Promise<{ socket: Socket; answer: Promise<string> }> {
    const socket = connect(Number(worker.url.port), worker.url.hostname)
    await event(socket, 'connect')
    socket.on('error', () => undefined) // a reset while it writes while it writes; `answer` is what had come
    let text = ''
    socket.on('data', (chunk) => (text += chunk))
    const answer = event(socket, 'close').then(() => text)
    socket.write(`POST ${path} HTTP/1.1\r\nHost: worker\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`)
    return { socket, answer }
  }

  const chunk = (bytes: Buffer) => Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')])

  test('is answered and the connection closed, however slowly it goes on', async () => {
    const { socket, answer } = await begun()
    for (const block of blocks(1.5 * megabyte)) socket.write(chunk(block))
    while (!socket.destroyed) {
      socket.write(chunk(Buffer.from('x')))
      await setTimeout(50)
    }
    expect(await answer).toMatch(/^HTTP\/1\.1 413 .*"code":"too_large"/s)
  })

  test('is answered and the connection closed where nothing more comes', async () => {
    const { socket, answer } = await begun()
    for (const block of blocks(1.5 * megabyte)) socket.write(chunk(block))
    expect(await answer).toMatch(/^HTTP\/1\.1 413 .*"code":"too_large"/s)
  })

  test('is cut off after 32 MB', async () => {
    const { socket, answer } = await begun()
    let sent = 0
    for (const block of blocks(1024 * megabyte)) {
      if (socket.destroyed) break
      sent += block.length
      if (!socket.write(chunk(block))) await Promise.race([event(socket, 'drain'), answer])
    }
    await answer
    expect(sent).toBeGreaterThan(32 * megabyte)
    expect(sent).toBeLessThan(64 * megabyte)
  })
})

describe('with keys', () => {
  let keyed: DirectWorker
  const keys = ['first-key', 'with space', 'schl\u00fcssel']
  beforeAll(async () => {
    keyed = await startWorker('worker/index.ts', { API_KEYS: keys.join(',') })
  })
  afterAll(() => keyed?.dispose())

  test('those that no header carries are named at the start, once, and not shown', async () => {
    for (let n = 0; n < 3; n++) expect((await fetch(new URL('/v1/tasks', keyed.url))).status).toBe(401)
    const warned = keyed.log().match(/Key \d+ of API_KEYS/g)
    expect(warned).toEqual(['Key 2 of API_KEYS', 'Key 3 of API_KEYS'])
    for (const key of keys) expect(keyed.log()).not.toContain(key)
  })

  test('a large body of a caller without one is answered with 401', async () => {
    for (const announced of [false, true]) {
      expect(await posted(10 * megabyte, { announced, to: keyed })).toMatchObject({ status: 401, error: { code: 'unauthorized' } })
    }
  })
})
