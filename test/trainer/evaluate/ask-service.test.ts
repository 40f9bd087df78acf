import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { askService } from '../../../trainer/evaluate/ask-service.ts'

interface Asked {
  readonly path: string | undefined
  readonly authorization: string | undefined
  readonly input: string[]
}

const kept = () => new AbortController().signal
const result = (text: string) => ({ label: text, probability: 1, probabilities: { [text]: 1 }, truncated: false, tokens: 3 })
const right = (response: ServerResponse, { input }: Asked) => response.end(JSON.stringify({ prompt: 'a1', results: input.map(result) }))
const failing =
  (status: number, body: string, headers = {}) =>
  (response: ServerResponse) =>
    response.writeHead(status, headers).end(body)

let asked: Asked[] = []
let answers: ((response: ServerResponse, asked: Asked) => unknown)[] = []
const server = createServer(async (request: IncomingMessage, response) => {
  let body = ''
  for await (const chunk of request) body += chunk
  const call = { path: request.url, authorization: request.headers.authorization, ...JSON.parse(body) }
  asked.push(call)
  const answer = answers.shift() ?? right
  answer(response, call)
})
let url = ''
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => server.close())
beforeEach(() => {
  asked = []
  answers = []
})

const ask = (texts: string[], changes = {}, signal = kept()) => askService({ url, task: 'spam', ...changes }, texts, signal, () => {})

test('many texts are asked in calls that a service takes, and answered in their order', async () => {
  const texts = [...Array.from({ length: 100 }, (_, n) => `text ${n}`), 'x'.repeat(2 ** 17), 'y'.repeat(2 ** 18), 'last']
  const told: number[] = []
  const results = await askService({ url: `${url}/under/`, task: 'a@b', key: 'k1' }, texts, kept(), (done) => told.push(done))
  expect(results).toEqual(texts.map(result))
  expect(asked.map(({ input }) => input.length)).toEqual([64, 36, 1, 1, 1])
  expect(told).toEqual([64, 100, 101, 102, 103])
  expect(asked[0]).toMatchObject({ path: '/under/v1/tasks/a%40b/classify', authorization: 'Bearer k1' })
})

test('a busy service is asked again when it says', async () => {
  answers = [failing(503, '{}', { 'retry-after': '1' })]
  expect(await ask(['a'])).toEqual([result('a')])
  expect(asked).toHaveLength(2)
})

test.each([
  [401, '{"error": {"message": "No key."}}', 'unauthorized', /No key\. Give a key with --key/],
  [404, '{"error": {"message": "No such task."}}', 'unknown_task', /task spam at http:.*No such task/],
  [500, 'oops', 'storage', /answered with status 500/],
  [200, '{"prompt": "a1", "results": []}', 'storage', /not softprompt's/],
  [200, '<html>', 'storage', /not softprompt's/],
  [200, '{"prompt": "a1", "results": [{"label": 7}]}', 'storage', /not softprompt's/],
  [200, JSON.stringify({ prompt: 'a1', results: [{ ...result('a'), probability: 1.5 }] }), 'storage', /not softprompt's/],
  [302, '', 'storage', /redirect/],
  [200, ' '.repeat(2 ** 24 + 1), 'storage', /more than 16777216 bytes/],
])('status %i with %.30s is %s', async (status, body, code, message) => {
  answers = [failing(status, body, { location: 'http://127.0.0.1:1/' })]
  await expect(ask(['a'])).rejects.toMatchObject({ code, message: expect.stringMatching(message) })
})

test.each(['localhost:8787', 'file:///etc/passwd', ''])('%j is no address', async (address) => {
  await expect(ask(['a'], { url: address })).rejects.toMatchObject({ code: 'usage' })
})

test('nobody there, and a caller who stops, are told apart', async () => {
  await expect(ask(['a'], { url: 'http://127.0.0.1:1' })).rejects.toMatchObject({
    code: 'storage',
    message: expect.stringContaining('Is it running'),
  })
  answers = [failing(503, '{}', { 'retry-after': '30' })]
  const caller = new AbortController()
  const waiting = ask(['a'], {}, caller.signal)
  setTimeout(() => caller.abort(), 300)
  await expect(waiting).rejects.toMatchObject({ code: 'interrupted' })
  await expect(ask(['a'], {}, AbortSignal.abort())).rejects.toMatchObject({ code: 'interrupted' })
})
