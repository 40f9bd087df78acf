import { runInDurableObject } from 'cloudflare:test'
import { env, exports } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import type { TaskAnswer } from '../../../worker/dispatch/classify-texts.ts'
import { ModelHost } from '../../../worker/host/model-host.ts'
import { unwrap } from '../../../worker/protocol.ts'
import { ask, classify, post, refusal } from '../../fixtures/worker/ask.ts'
import { hostCall, publish } from '../../fixtures/worker/bucket.ts'

const tasks = ['red', 'green', 'blue', 'grey']
const prompts: string[] = []
/** The Worker itself, behind its own door: there a caller can hang up. */
const worker = (exports as unknown as { default: Fetcher }).default
const headers = { 'content-type': 'application/json' }
beforeAll(async () => {
  for (const [seed, task] of tasks.entries()) prompts.push(await publish({ task, seed }))
})

describe('requests that come while a batch runs', () => {
  it('share the next one, whatever their tasks', async () => {
    await classify(tasks.map((task) => ({ task, input: 'warm up' })))
    const calls = Array.from({ length: 24 }, (_, n) => ({ task: tasks[n % 4] as string, input: `Text ${n}` }))
    const results = (await Promise.all(calls.map((call) => classify([call])))).flat()
    const runs = new Map(results.map(({ batch }) => [batch.id, batch]))
    // Each result says how many shared its batch, and as many results name that batch.
    for (const [id, { rows }] of runs) expect(results.filter(({ batch }) => batch.id === id)).toHaveLength(rows)
    expect(runs.size).toBeLessThan(calls.length)
    expect(Math.max(...Array.from(runs.values(), ({ tasks }) => tasks))).toBe(4)
  })

  it('run at most 16 at a time, and less where the texts are long', async () => {
    const short = await classify(Array.from({ length: 40 }, (_, n) => ({ task: 'red', input: `Text ${n}` })))
    expect(short.map(({ batch }) => batch.rows)).toEqual([...Array(16).fill(16), ...Array(16).fill(16), ...Array(8).fill(8)])
    const long = await classify(Array.from({ length: 4 }, () => ({ task: 'red', input: 'A word '.repeat(200) })))
    for (const { batch } of long) expect(batch.rows).toBeLessThan(4)
  })

  it('are dropped when their callers hang up', async () => {
    const controller = new AbortController()
    const body = JSON.stringify({ inputs: Array.from({ length: 100 }, () => ({ task: 'red', input: 'Never mind.' })) })
    const small = async () => {
      const response = await worker.fetch('http://worker/v1/tasks/green/classify', {
        method: 'POST',
        headers,
        body: '{"input": "Wait for me."}',
      })
      const { results } = await response.json<{ results: TaskAnswer[] }>()
      return results[0]?.batch.rows
    }
    const dropped = [1, 2].map(() =>
      worker.fetch('http://worker/v1/classify', { method: 'POST', headers, body, signal: controller.signal }),
    )
    const ended = Promise.allSettled(dropped)
    await small()
    expect(await small()).toBe(16) // it shares its run with theirs
    controller.abort()
    expect((await ended).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    expect(await small()).toBe(1)
  })
})

describe('a full queue', () => {
  it('refuses what it can not take and answers the rest', async () => {
    const hosts = env.MODEL_HOST as unknown as DurableObjectNamespace<ModelHost>
    await runInDurableObject<ModelHost, void>(hosts.getByName('full-queue'), async (instance) => {
      const hundred = Array.from({ length: 100 }, () => ({ prompt: prompts[0] as string, text: 'Wait.' }))
      const replies = await Promise.all(Array.from({ length: 8 }, () => instance.classify(hostCall(hundred))))
      expect(replies.map(({ ok }) => ok)).toEqual([true, true, true, true, false, false, false, false])
      for (const reply of replies.slice(0, 4)) expect(unwrap(reply)).toHaveLength(100)
      expect(replies[7]).toMatchObject({ code: 'overloaded', message: expect.stringContaining('400 of at most 512') })
      expect(await instance.status()).toMatchObject({ pendingRows: 0 })
      expect((await instance.classify(hostCall(hundred))).ok).toBe(true)
    })
  })

  it('counts tokens as well as texts', async () => {
    const hosts = env.MODEL_HOST as unknown as DurableObjectNamespace<ModelHost>
    await runInDurableObject<ModelHost, void>(hosts.getByName('many-tokens'), async (_, state) => {
      const host = new ModelHost(state, { ...env, MAX_CALL_TOKENS: 64, MAX_QUEUE_TOKENS: 64 })
      const call = (rows: number) =>
        host.classify(hostCall(Array.from({ length: rows }, () => ({ prompt: prompts[0] as string, text: 'Wait.' }))))
      expect(await call(5)).toMatchObject({
        ok: false,
        code: 'too_large',
        message: expect.stringContaining('80 tokens in one call: at most 64'),
      })
      const replies = await Promise.all([call(4), call(1)])
      expect(replies).toMatchObject([{ ok: true }, { ok: false, code: 'overloaded', message: expect.stringContaining('64 of at most 64') }])
      expect((await call(1)).ok).toBe(true)
    })
  })

  it('answers 503 with Retry-After', async () => {
    // 100 rows take several runs, and the other calls come in between them.
    const responses = await Promise.all(
      Array.from({ length: 8 }, () =>
        post('/v1/classify', { inputs: Array.from({ length: 100 }, () => ({ task: 'red', input: 'Wait.' })) }, { MODEL_HOSTS: 1 }),
      ),
    )
    const refused = responses.filter(({ status }) => status !== 200)
    expect(refused.length).toBeGreaterThan(0)
    expect(refused.length).toBeLessThan(8)
    for (const response of refused) {
      expect(response.headers.get('retry-after')).toMatch(/^[1-9]\d*$/)
      expect(await refusal(response)).toMatchObject({ status: 503, code: 'overloaded', type: 'overloaded_error' })
    }
  })

  it('is left by a call that has waited for as long as it may, and says when to come back', async () => {
    const hosts = env.MODEL_HOST as unknown as DurableObjectNamespace<ModelHost>
    const text = 'A word '.repeat(60)
    await runInDurableObject<ModelHost, void>(hosts.getByName('slow-queue'), async (instance) => {
      const rows = (count: number) => Array.from({ length: count }, () => ({ prompt: prompts[0] as string, text }))
      unwrap(await instance.classify(hostCall(rows(1)))) // it loads the prompt, and shows its pace
      const [patient, hurried] = await Promise.all([instance.classify(hostCall(rows(100))), instance.classify(hostCall(rows(20), 1))])
      expect(unwrap(patient)).toHaveLength(100)
      expect(hurried).toMatchObject({
        ...{ ok: false, code: 'overloaded' },
        message: expect.stringMatching(/^Cannot answer within 0\.001 s: 120 texts of \d+ tokens are waiting/),
        retryAfter: expect.toSatisfy((seconds) => Number.isInteger(seconds) && seconds >= 1),
      })
      expect(await instance.status()).toMatchObject({ pendingRows: 0 })
      expect(unwrap(await instance.classify(hostCall(rows(1))))).toHaveLength(1)
    })
  })

  it('is waited in for as long as the settings say, or as the caller asks where that is less', async () => {
    const body = JSON.stringify({ inputs: Array.from({ length: 100 }, () => ({ task: 'red', input: 'A word '.repeat(60) })) })
    const call = (prefer: string, settings = {}) => ask('/v1/classify', { method: 'POST', headers: { ...headers, prefer }, body }, settings)
    const late = await call('wait=60', { MAX_WAIT_MS: 1 })
    expect(late.headers.get('retry-after')).toMatch(/^[1-9]\d*$/)
    expect(await refusal(late)).toMatchObject({ status: 503, code: 'overloaded', message: expect.stringContaining('within 0.001 s') })
    expect(await refusal(await call('wait=soon'))).toMatchObject({ status: 400, code: 'invalid_request', param: 'Prefer' })
    expect((await call('wait=60', { MAX_WAIT_MS: 60_000 })).status).toBe(200)
  })
})
