import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { taskKey } from '../../../shared/formats/storage-keys.ts'
import { pointTask } from '../../fixtures/upload.ts'
import { classify, post, refusal } from '../../fixtures/worker/ask.ts'
import { model, publish, versionOf } from '../../fixtures/worker/bucket.ts'

const text = (task: string) => [{ task, input: 'Which version answers?' }]

describe('a prompt deleted while its pointer is still cached', () => {
  const settings = { POINTER_TTL_MS: 60_000 }
  const remove = async (prompt: string) => {
    const { objects } = await env.BUCKET.list({ prefix: `prompts/${prompt}/` })
    for (const { key } of objects) await env.BUCKET.delete(key)
  }
  /** A host that has not loaded the prompt, as one elsewhere would be. */
  const elsewhere = { ...settings, MODEL_HOSTS: 8 }

  it('gives 404 where the task was deleted too', async () => {
    const prompt = await publish({ task: 'cleared', seed: 21 })
    await classify(text('cleared'), settings)
    await env.BUCKET.delete(taskKey('cleared'))
    await remove(prompt)
    expect(await classify(text('cleared'), settings)).toHaveLength(1) // this host has it still
    const answer = await refusal(post('/v1/classify', { inputs: text('cleared') }, elsewhere))
    expect(answer).toMatchObject({ status: 404, code: 'unknown_task', param: 'inputs.0.task' })
  })

  it('gives the newer version where there is one', async () => {
    const old = await publish({ task: 'replaced', seed: 22 })
    await classify(text('replaced'), settings)
    const now = await publish({ task: 'replaced', seed: 23 })
    await remove(old)
    const [result] = await classify(text('replaced'), elsewhere)
    expect(result?.prompt).toBe(now)
  })

  it('gives an answer of the newer model where the prompt is the same and its model was published anew', async () => {
    const prompt = await publish({ task: 'remodelled', seed: 26 })
    await pointTask(env.BUCKET, 'remodelled', { ...versionOf(prompt), models: { int8: 'ab'.repeat(32) } })
    expect(await refusal(post('/v1/classify', { inputs: text('remodelled') }, settings))).toMatchObject({ code: 'invalid_file' })
    await pointTask(env.BUCKET, 'remodelled', versionOf(prompt))
    expect(await classify(text('remodelled'), settings)).toMatchObject([{ prompt }])
  })

  it('says what is missing where the pointer still names it', async () => {
    const prompt = await publish({ task: 'hollow', seed: 24 })
    await remove(prompt)
    expect(await refusal(post('/v1/tasks/hollow/classify', { input: 'Anyone?' }))).toMatchObject({
      status: 500,
      code: 'invalid_file',
      message: expect.stringContaining(`prompts/${prompt}/prompt.json`),
    })
  })
})

describe('a version in several weight formats', () => {
  it('is answered by the first of WEIGHT_FORMATS that it has', async () => {
    const prompt = await publish({ task: 'formats', seed: 25 })
    const absent = 'cd'.repeat(32)
    await pointTask(env.BUCKET, 'formats', { ...versionOf(prompt), models: { float32: absent, int8: model } })
    expect(await classify(text('formats'), { WEIGHT_FORMATS: 'q4,int8,float32' })).toHaveLength(1)
    const other = await refusal(post('/v1/classify', { inputs: text('formats') }, { WEIGHT_FORMATS: 'float32,int8' }))
    expect(other).toMatchObject({ status: 500, message: expect.stringContaining(absent) })
  })

  it('is refused where none of them is served here, saying where to mend it', async () => {
    await publish({ task: 'other-formats', seed: 26 })
    expect(await refusal(post('/v1/classify', { inputs: text('other-formats') }, { WEIGHT_FORMATS: 'float32' }))).toMatchObject({
      status: 500,
      code: 'unsupported',
      param: 'inputs.0.task',
      message: expect.stringMatching(/published with int8 weights, and float32 are served here.*WEIGHT_FORMATS, in wrangler\.toml/),
    })
  })
})
