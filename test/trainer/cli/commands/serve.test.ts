import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { type IncomingMessage, request } from 'node:http'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { findPointer } from '../../../../shared/engine/stored-task.ts'
import { bucketStore } from '../../../../trainer/publish/bucket/bucket.ts'
import { folderBucket } from '../../../../trainer/publish/bucket/folder-bucket.ts'
import { s3Bucket } from '../../../../trainer/publish/bucket/s3-bucket.ts'
import { softprompt } from '../../../fixtures/command-line.ts'
import { temporaryFolder } from '../../../fixtures/imported-model.ts'
import { publishFolder } from '../../../fixtures/publish-folder.ts'
import { startS3Server } from '../../../fixtures/s3-server.ts'
import { type Serving, startServing } from '../../../fixtures/serving-command.ts'
import { writeSmallModel } from '../../../fixtures/small-model.ts'
import { bundledProgram } from '../../../fixtures/started-command.ts'
import { pointTask, type Bucket as UploadBucket } from '../../../fixtures/upload.ts'
import { writeRandomPrompt } from '../../../fixtures/written-prompt.ts'

const folder = temporaryFolder()
const at = (name: string) => join(folder, name)
const never = new AbortController().signal
const started: Serving[] = []
let prompts: Record<'1' | '2', string>

beforeAll(async () => {
  const model = await writeSmallModel(at('model'))
  prompts = {
    1: await writeRandomPrompt(at('1'), model, { task: 'spam', seed: 1 }),
    2: await writeRandomPrompt(at('2'), model, { task: 'spam', seed: 2 }),
  }
})
afterEach(async () => {
  for (const { child } of started.splice(0)) if (child.exitCode === null && child.kill('SIGKILL')) await once(child, 'exit')
})

async function serving(args: readonly string[], env: Record<string, string> = {}): Promise<Serving> {
  const served = await startServing(args, env)
  started.push(served)
  return served
}

/** A store of its own, with a version of task spam: the first. */
async function store(name: string, version = '1'): Promise<string> {
  mkdirSync(at(name))
  await publishFolder(await folderBucket(at(name), never), at(version), at('model'))
  return at(name)
}

async function classify(url: string, input: unknown = 'Hello.', init: RequestInit = {}) {
  const response = await fetch(`${url}/v1/tasks/spam/classify`, { method: 'POST', body: JSON.stringify({ input }), ...init })
  return { status: response.status, body: (await response.json()) as ReturnType<typeof JSON.parse> }
}

/** A call, and when the server has taken it on: it says so to who asks before it sends the body. */
function sent(url: string, body: object) {
  const headers = { expect: '100-continue', 'content-type': 'application/json' }
  const call = request(`${url}/v1/tasks/spam/classify`, { method: 'POST', headers })
  const taken = once(call, 'continue').then(() => call.end(JSON.stringify(body)))
  const answer = once(call, 'response').then(async ([response]: IncomingMessage[]) => ({
    status: response?.statusCode,
    body: JSON.parse(Buffer.concat((await response?.toArray()) ?? []).toString()),
  }))
  call.flushHeaders()
  return { taken, answer }
}

/** Ends it as a service manager does, and gives its exit code. */
async function stopped({ child }: Serving, signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
  const ended = once(child, 'exit')
  child.kill(signal)
  return (await ended)[0]
}

test('says where it listens and what it serves, answers, and ends in order', async () => {
  const served = await serving(['--store', await store('plain')])
  expect(served.said).toMatchObject({ url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/), tasks: ['spam'], where: `folder ${at('plain')}` }) // biome-ignore format: one thought
  expect(served.stderr()).toContain('API_KEYS is not set')
  expect(await classify(served.url)).toMatchObject({ status: 200, body: { task: 'spam', prompt: prompts[1], results: [{ label: expect.any(String) }] } }) // biome-ignore format: one thought
  expect(await (await fetch(`${served.url}/readyz`)).json()).toEqual({ status: 'ready' })
  const { code, stdout } = await softprompt(['classify', 'spam', 'Hello.', '--url', served.url])
  expect(code).toBe(0)
  expect(stdout).toMatch(/good|bad/)
  expect(await stopped(served)).toBe(0)
  await expect(fetch(served.url)).rejects.toThrow()
})

describe('weights in the temporary folder', () => {
  test.each(['SIGTERM', 'SIGKILL'] as const)('are not left there after %s', async (signal) => {
    const temporary = at(`temporary-${signal}`)
    mkdirSync(temporary)
    const served = await serving(['--store', await store(`temporary-store-${signal}`)], { TMPDIR: temporary })
    expect((await classify(served.url)).status).toBe(200)
    await stopped(served, signal)
    expect(readdirSync(temporary).filter((name) => name.startsWith('softprompt-serve-'))).toEqual([])
  })
})

test('an empty store is served, and what to do next is said', async () => {
  mkdirSync(at('empty'))
  const served = await serving(['--store', at('empty')])
  expect(served.said).toMatchObject({ tasks: [] })
  expect(await (await fetch(`${served.url}/readyz`)).json()).toEqual({ status: 'empty' })
  expect(await classify(served.url)).toMatchObject({ status: 404, body: { error: { code: 'unknown_task' } } })
})

test('a file of a package that was changed in the folder is refused and kept by nobody, until it is what it was', async () => {
  const folder = await store('changed')
  const served = await serving(['--store', folder])
  const [model] = readdirSync(join(folder, 'models'))
  const ask = async (file: string, init: RequestInit = {}) => {
    const response = await fetch(`${served.url}/v1/${file}`, init)
    const body = Buffer.from(await response.arrayBuffer())
    return { status: response.status, cached: response.headers.get('cache-control'), body }
  }
  for (const file of [`models/${model}/model.onnx.data`, `models/${model}/model.json`, `prompts/${prompts[1]}/labels.safetensors`]) {
    const path = join(folder, file)
    const right = readFileSync(path)
    expect(await ask(file)).toEqual({ status: 200, cached: 'public, max-age=31536000, immutable', body: right })
    const wrong = Uint8Array.from(right)
    wrong[wrong.length >> 1]! ^= 1
    writeFileSync(path, wrong)
    for (const headers of [undefined, ['range', 'bytes=0-9'], ['if-none-match', '*']]) {
      const { status, cached, body } = await ask(file, headers && { headers: [headers as [string, string]] })
      expect([status, cached]).toEqual([500, null])
      expect(JSON.parse(body.toString()).error).toMatchObject({
        code: 'invalid_file',
        message: expect.stringMatching(new RegExp(`^Cannot hand out ${file}: .*publish it again\\.$`)),
      })
    }
    expect((await ask(file, { method: 'HEAD' })).status).toBe(500)
    writeFileSync(path, right)
    expect(await ask(file)).toMatchObject({ status: 200, body: right })
  }
})

test.each([
  ['', '1', / classify spam Hello\. --url http:\S+\n/],
  ['first,second', '1', / classify spam Hello\. --url http:\S+ --key KEY\n/],
  ['', 'tested', / classify spam 'It'\\''s free' --url http:\S+\n/],
])(
  'the call to go on with has a key where API_KEYS is not empty (%j), and a text of the self-test: %s',
  async (API_KEYS, prompt, wanted) => {
    const model = await writeSmallModel(at('model'))
    const selfTest = [{ text: 'long '.repeat(40), scores: {} }, { text: "It's free", scores: {} }] // biome-ignore format: one thought
    await writeRandomPrompt(at('tested'), model, { task: 'spam', seed: 3, card: { selfTest } })
    const directory = await store(`next-${API_KEYS}-${prompt}`, prompt)
    const child = spawn(process.execPath, [bundledProgram(), 'serve', '--port', '0', '--store', directory], {
      env: { ...process.env, API_KEYS },
    })
    let stdout = ''
    for await (const chunk of child.stdout) {
      stdout += chunk
      if (/classify.*\n/.test(stdout)) break
    }
    child.kill('SIGKILL')
    expect(stdout).toMatch(wanted)
  },
)

test('keys of the environment are asked for', async () => {
  const served = await serving(['--store', await store('keyed')], { API_KEYS: 'first,second' })
  expect((await classify(served.url)).status).toBe(401)
  expect((await classify(served.url, 'Hello.', { headers: { authorization: 'Bearer second' } })).status).toBe(200)
  expect(served.stderr()).not.toContain('API_KEYS')
})

describe('is refused', () => {
  test('where API_KEYS is set and holds no key', async () => {
    const directory = await store('keyless')
    const child = spawn(process.execPath, [bundledProgram(), 'serve', '--port', '0', '--store', directory], {
      env: { ...process.env, API_KEYS: ' , ' },
    })
    let stderr = ''
    child.stderr.on('data', (chunk) => {
      stderr += chunk
    })
    const [code] = await once(child, 'close')
    expect([code, stderr]).toEqual([2, expect.stringContaining('API_KEYS: it is set and holds no key')])
  })

  test('where another process listens on the port', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as { port: number }
    mkdirSync(at('taken'))
    expect(await softprompt(['serve', '--store', at('taken'), '--port', String(port), '--json'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(`Cannot listen on 127.0.0.1:${port}: another process listens there.`),
      json: { error: { code: 'usage' } },
    })
    other.close()
  })

  test.each([
    [['--store', 'nowhere/at/all'], {}, 'Make the folder first'],
    [['--store', 'ftp://host/x'], {}, 'name a folder, or s3://bucket/prefix'],
    [['--store', 's3://bucket'], { AWS_ACCESS_KEY_ID: '' }, 'set AWS_ACCESS_KEY_ID'],
    [
      ['--store', '.'],
      { MAX_INPUTS: 'many' },
      'Cannot use setting MAX_INPUTS: must be a whole number. Set another value in the environment',
    ],
    [['--store', '.', '--remote'], {}, "cannot be used with option '--remote'"],
    [['--port', '99999'], {}, 'at most 65535'],
  ])('where it can not be meant: %j %j', async (args, env, message) => {
    expect(await softprompt(['serve', ...args], env)).toMatchObject({ code: 2, stderr: expect.stringContaining(message) })
  })
})

test('what is under way when it is stopped is answered; the next call is not taken', async () => {
  const served = await serving(['--store', await store('stopping')])
  await classify(served.url)
  const input = Array.from({ length: 60 }, (_, n) => `${n} `.repeat(40))
  const calls = Array.from({ length: 8 }, () => sent(served.url, { input }))
  await Promise.all(calls.map(({ taken }) => taken))
  const ended = stopped(served, 'SIGINT')
  expect((await Promise.all(calls.map(({ answer }) => answer))).map(({ status, body }) => [status, body.results?.length])).toEqual(
    Array(8).fill([200, 60]),
  )
  expect(await ended).toBe(0)
})

test('a caller who hangs up is noticed: what waits of its call never runs', async () => {
  const served = await serving(['--store', await store('hung-up')])
  await classify(served.url)
  const caller = new AbortController()
  const many = Array.from({ length: 128 }, (_, n) => `${n} `.repeat(60))
  const left = Promise.allSettled(Array.from({ length: 16 }, () => classify(served.url, many, { signal: caller.signal })))
  await pause(50)
  caller.abort()
  await left
  const { results } = (await classify(served.url)).body
  const runs = Number(results[0].batch.id.split('-')[1])
  expect(runs).toBeLessThan(100) // all of it takes 128, at 16 rows a run
})

test('--watch: what is published is noticed, loaded, told, and answered with at once', async () => {
  mkdirSync(at('watched'))
  const bucket = await folderBucket(at('watched'), never)
  const served = await serving(['--store', at('watched'), '--watch'], { POINTER_TTL_MS: '3600000' })
  const told = async (line: RegExp) => {
    while (!line.test(served.stderr())) {
      if (served.child.exitCode !== null) throw new Error(served.stderr())
      await pause(20)
    }
  }
  await publishFolder(bucket, at('1'), at('model'))
  await told(new RegExp(`Task spam is live with prompt ${prompts[1].slice(0, 12)} on small\\.`))
  expect((await classify(served.url)).body.prompt).toBe(prompts[1])
  writeFileSync(join(at('watched'), 'tasks/aaa.json'), '{}') // what is broken is in no other task's way
  await told(/Cannot look at task aaa: /)
  await publishFolder(bucket, at('2'), at('model'))
  await told(new RegExp(`Task spam is live with prompt ${prompts[2].slice(0, 12)}`))
  expect((await classify(served.url)).body.prompt).toBe(prompts[2])
  expect((await softprompt(['delete', 'spam', '--yes', '--store', at('watched')])).code).toBe(0)
  await told(/Task spam is not published any more\./)
  expect((await classify(served.url)).status).toBe(404)
  writeFileSync(join(at('watched'), 'tasks/spam.json'), '{}')
  await told(/Cannot look at task spam: /)
  expect(await stopped(served)).toBe(0)
})

test('from an S3 server: published there by one command, served by another', async () => {
  const server = await startS3Server()
  if (server === null) return
  try {
    await server.makeBucket('served')
    const published = await softprompt(['publish', at('1'), '--model', at('model'), '--store', 's3://served/a', '--json'], {
      ...server.env,
    })
    expect(published).toMatchObject({ code: 0, json: { task: 'spam', prompt: prompts[1], where: 's3://served/a' } })
    const served = await serving(['--store', 's3://served/a', '--watch'], { ...server.env })
    expect(served.said).toMatchObject({ tasks: ['spam'], where: 's3://served/a' })
    expect((await classify(served.url)).body.prompt).toBe(prompts[1])
    // bytes that are not those that were published
    const bucket = s3Bucket('s3://served/a', never, { ...server.env })
    await bucket.put(`prompts/${prompts[2]}/prompt.json`, '{}')
    const pointer = (await findPointer(bucketStore(bucket), 'spam'))!
    await pointTask(bucket as unknown as UploadBucket, 'spam', { ...pointer.live, prompt: prompts[2] })
    while (!served.stderr().includes('Task spam cannot be answered: ')) await pause(20)
    expect(await classify(served.url)).toMatchObject({ status: 500, body: { error: { code: 'invalid_prompt' } } })
    // a server that is gone
    await server.stop()
    while (!served.stderr().includes('Cannot look for changes: ')) await pause(20)
    expect(await stopped(served)).toBe(0)
  } finally {
    await server.stop()
  }
}, 600_000)
