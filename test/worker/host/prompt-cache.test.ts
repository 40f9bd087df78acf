import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { ModelHost } from '../../../worker/host/model-host.ts'
import { unwrap } from '../../../worker/protocol.ts'
import { hostCall, publish } from '../../fixtures/worker/bucket.ts'

it('keeps prompts up to PREFIX_CACHE_BYTES, drops the one used longest ago, and loads it again when asked', async () => {
  const prompts: string[] = []
  for (const seed of [1, 2, 3]) prompts.push(await publish({ task: `kept-${seed}`, seed, card: { virtualTokens: 20 } }))
  const stub = env.MODEL_HOST.getByName('prompt-cache')
  await runInDurableObject(stub, async (_, state) => {
    // 20 tokens take 240 kB of keys and values, and the labels and the card some more: two fit into 600 kB.
    const host = new ModelHost(state, { ...env, PREFIX_CACHE_BYTES: 600_000 })
    const ask = async (...numbers: number[]) => {
      const rows = numbers.map((number) => ({ prompt: prompts[number] as string, text: 'Is it kept?' }))
      return unwrap(await host.classify(hostCall(rows))).map(({ probabilities }) => probabilities)
    }
    const [first] = await ask(0)
    await ask(1)
    const { cachedBytes } = await host.status()
    expect(await host.status()).toMatchObject({ cachedPrompts: 2 })
    await ask(0)
    await ask(2) // 1 was used longest ago
    expect(await host.status()).toMatchObject({ cachedPrompts: 2, cachedBytes })

    for (const file of ['adapter_model.safetensors', 'prompt.json']) await env.BUCKET.delete(`prompts/${prompts[1]}/${file}`)
    await expect(ask(1)).rejects.toThrow('no such object') // so it is not in the cache
    expect(await ask(0)).toEqual([first]) // and this one is
    // A call for more prompts than fit together is answered, each row as it is alone; one that is gone fails its call, not its batch.
    const tight = new ModelHost(state, { ...env, PREFIX_CACHE_BYTES: 300_000 })
    const rows = [0, 2, 0, 2].map((number) => ({ prompt: prompts[number] as string, text: 'Is it kept?' }))
    const lost = tight.classify(hostCall([{ prompt: prompts[1] as string, text: 'Is it kept?' }]))
    const answers = unwrap(await tight.classify(hostCall(rows))).map(({ probabilities }) => probabilities)
    expect(answers).toEqual([first, answers[1], first, answers[1]])
    expect(await lost).toMatchObject({ ok: false, code: 'not_found' })
    expect((await tight.status()).cachedBytes).toBeLessThanOrEqual(300_000)
    // One that all the room does not hold is answered all the same.
    const small = new ModelHost(state, { ...env, PREFIX_CACHE_BYTES: 1000 })
    expect(unwrap(await small.classify(hostCall([{ prompt: prompts[0] as string, text: 'Is it kept?' }])))[0]?.probabilities).toEqual(first)
    expect(await small.status()).toMatchObject({ cachedPrompts: 0, cachedBytes: 0 })
  })
})
