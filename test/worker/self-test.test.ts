import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { ModelHost } from '../../worker/host/model-host.ts'
import { classify, post, refusal } from '../fixtures/worker/ask.ts'
import { model, modelCard, publish } from '../fixtures/worker/bucket.ts'

const text = 'How does it do in its own test?'
const ask = (task: string) => post(`/v1/tasks/${task}/classify`, { input: text })

/** A self-test whose trainer saw probabilities `off` by so much from what is answered here. */
async function selfTest(off: number): Promise<{ text: string; scores: number[] }[]> {
  await publish({ task: 'measured' })
  const [result] = await classify([{ task: 'measured', input: text }])
  const good = (result?.probabilities.good as number) + off
  return [{ text, scores: [Math.log(good), Math.log(1 - good)] }]
}

describe('a prompt that answers otherwise than its trainer saw', () => {
  afterEach(() => void vi.restoreAllMocks())

  it('is served in silence within rounding', async () => {
    const warn = vi.spyOn(console, 'warn')
    await publish({ task: 'close', card: { selfTest: await selfTest(0.005) } })
    expect((await ask('close')).status).toBe(200)
    expect(warn.mock.calls.flat().filter((line) => String(line).includes('close'))).toEqual([])
  })

  it('is served with a warning when it is off by more', async () => {
    const warn = vi.spyOn(console, 'warn')
    await publish({ task: 'off', card: { selfTest: await selfTest(0.05) } })
    expect((await ask('off')).status).toBe(200)
    expect(warn).toHaveBeenCalledWith(
      expect.stringMatching(/prompt off answers otherwise than in training: its probabilities are up to 0\.0500/),
    )
  })

  it('is refused when it is another prompt altogether', async () => {
    await publish({ task: 'wrong', card: { selfTest: await selfTest(0.2) } })
    expect(await refusal(ask('wrong'))).toMatchObject({ status: 500, code: 'invalid_prompt', message: expect.stringContaining('0.2000') })
  })

  it('is not judged by texts that are cut here and were not there', async () => {
    const long = { text: `${'I waited for it all week. '.repeat(4)}`, scores: [Math.log(0.999), Math.log(0.001)] }
    const prompt = await publish({ task: 'cut', seed: 4, card: { selfTest: [long] } })
    const cut = (settings = {}) =>
      runInDurableObject(env.MODEL_HOST.getByName('cut'), async (_, state) => {
        const host = new ModelHost(state, { ...env, ...settings })
        return host.classify({ id: 'a', model, rows: [{ prompt, text }] })
      })
    expect(await cut()).toMatchObject({ ok: false, code: 'invalid_prompt' })
    expect(await cut({ MAX_ROW_TOKENS: 16 })).toMatchObject({ ok: true })
  })

  it('is refused when a text has too few scores', async () => {
    await publish({ task: 'short', card: { selfTest: [{ text, scores: [] }] } })
    expect((await ask('short')).status).toBe(500)
  })
})

it('another weight format of the same base is served with a warning when the self-test agrees', async () => {
  const warn = vi.spyOn(console, 'warn')
  const measured = await selfTest(0)
  const base = { hash: modelCard.baseHash, name: modelCard.name, weights: 'float32' as const, graphVersion: 1 }
  await publish({ task: 'other-weights', card: { base, selfTest: measured } })
  expect((await ask('other-weights')).status).toBe(200)
  expect(warn).toHaveBeenCalledWith(expect.stringContaining('float32 weights'))
})
