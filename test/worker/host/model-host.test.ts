import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { promptKey } from '../../../shared/formats/storage-keys.ts'
import { ModelHost } from '../../../worker/host/model-host.ts'
import { alteredBucket, type Interference } from '../../fixtures/altered-bucket.ts'
import { randomPrompt } from '../../fixtures/random-prompt.ts'
import { uploadPrompt } from '../../fixtures/upload.ts'
import { hostCall, model, modelCard, publish } from '../../fixtures/worker/bucket.ts'

/** Tries a host of its own, with `interfere` around each operation on its bucket. */
function withHost(
  name: string,
  action: (host: ModelHost) => Promise<void>,
  interfere: Interference = (_, __, run) => run(),
): Promise<void> {
  return runInDurableObject(env.MODEL_HOST.getByName(name), async (_, state) =>
    action(new ModelHost(state, { ...env, BUCKET: alteredBucket(env.BUCKET, interfere) })),
  )
}

/** A call with a text for each of `prompts`. */
const callOf = (...prompts: string[]) => hostCall(prompts.map((prompt) => ({ prompt, text: 'Who is there?' })))

it('serves the model that it was first asked for, and no other', () =>
  withHost('one-model', async (host) => {
    expect(await host.ready(model)).toEqual({ ok: true, value: modelCard.name })
    const other = 'f'.repeat(64)
    for (const call of [() => host.ready(other), () => host.classify({ ...callOf(), model: other })])
      await expect(call()).rejects.toThrow(`this one ${model}, not ${other}`)
    expect(await host.ready(model)).toMatchObject({ ok: true })
  }))

it('says of a model that is not stored which it is', () =>
  withHost('no-model', async (host) => {
    const nowhere = 'e'.repeat(64)
    expect(await host.ready(nowhere)).toMatchObject({ ok: false, code: 'not_found', message: expect.stringContaining(nowhere) })
  }))

it('reads a prompt once for all that wait for it, and at most four prompts at a time', async () => {
  const prompts: string[] = []
  for (const seed of [1, 2, 3, 4, 5, 6]) prompts.push(await publish({ task: `read-once-${seed}`, seed }))
  const reads: string[] = []
  const files = new Map<string, number>() // of each prompt that is being read, those that have come
  let together = 0
  await withHost(
    'read-once',
    async (host) => {
      const replies = await Promise.all([host.classify(callOf(...prompts)), host.classify(callOf(...prompts))])
      expect(replies.map(({ ok }) => ok)).toEqual([true, true])
    },
    async (_, key, run) => {
      const [folder, prompt = ''] = key.split('/')
      if (folder !== 'prompts') return run()
      reads.push(key)
      files.set(prompt, files.get(prompt) ?? 0)
      together = Math.max(together, files.size)
      const object = await run()
      files.set(prompt, (files.get(prompt) ?? 0) + 1)
      if (files.get(prompt) === 4) files.delete(prompt)
      return object
    },
  )
  expect(new Set(reads).size).toBe(24)
  expect(reads).toHaveLength(24)
  expect(together).toBe(4)
})

it('names the prompt that it could not read, frees the queue, and tries again for the next call', () =>
  withHost('again', async (host) => {
    const files = await randomPrompt(modelCard, { task: 'late', seed: 31 })
    const prompt = await uploadPrompt(env.BUCKET, files)
    await env.BUCKET.delete(promptKey(prompt, 'labels.safetensors'))
    expect(await host.classify(callOf(prompt))).toMatchObject({
      ...{ ok: false, code: 'not_found', param: prompt },
      message: expect.stringContaining('labels.safetensors'),
    })
    expect(await host.status()).toMatchObject({ runs: 0, pendingRows: 0, cachedPrompts: 0 })
    await uploadPrompt(env.BUCKET, files)
    expect(await host.classify(callOf(prompt))).toMatchObject({ ok: true })
    expect(await host.status()).toMatchObject({ runs: 1, rows: 1, pendingRows: 0, cachedPrompts: 1 })
  }))

it('runs nothing of a call that is cancelled while its prompt is read, and all of the others', async () => {
  const prompt = await publish({ task: 'cancelled', seed: 32 })
  const [left, kept] = [callOf(prompt), callOf(prompt, prompt)]
  let cancel = async () => {}
  await withHost(
    'cancelled',
    async (host) => {
      cancel = () => host.cancel(left.id)
      await host.cancel('a call that nobody made')
      expect(await Promise.all([host.classify(left), host.classify(kept)])).toMatchObject([
        { ok: false, code: 'interrupted' },
        { ok: true },
      ])
      expect(await host.status()).toMatchObject({ rows: 2, pendingRows: 0 })
    },
    async (_, key, run) => {
      if (key.startsWith('prompts/')) await cancel()
      return run()
    },
  )
})
