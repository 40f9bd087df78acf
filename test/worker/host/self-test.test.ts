import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { PromptCard } from '../../../shared/formats/prompt-card.ts'
import { ModelHost } from '../../../worker/host/model-host.ts'
import { classify, post, refusal } from '../../fixtures/worker/ask.ts'
import { hostCall, modelCard, publish } from '../../fixtures/worker/bucket.ts'

const text = 'How does it do in its own test?'
const ask = (task: string) => post(`/v1/tasks/${task}/classify`, { input: text })

/** A self-test whose trainer saw probabilities `off` by so much from what is answered here. */
async function selfTest(off: number, weights = modelCard.weights): Promise<PromptCard['selfTest']> {
  await publish({ task: 'measured' })
  const [result] = await classify([{ task: 'measured', input: text }])
  const good = (result?.probabilities.good as number) + off
  return [{ text, scores: { [weights]: [Math.log(good), Math.log(1 - good)] } }]
}

describe('a prompt that answers otherwise than its trainer saw', () => {
  afterEach(() => void vi.restoreAllMocks())

  it('is served in silence within rounding', async () => {
    const warn = vi.spyOn(console, 'warn')
    await publish({ task: 'close', card: { selfTest: await selfTest(0.04) } })
    expect((await ask('close')).status).toBe(200)
    expect(warn.mock.calls.flat().filter((line) => String(line).includes('close'))).toEqual([])
  })

  it('is served with a warning when it is off by more', async () => {
    const warn = vi.spyOn(console, 'warn')
    await publish({ task: 'off', card: { selfTest: await selfTest(0.08) } })
    expect((await ask('off')).status).toBe(200)
    expect(warn).toHaveBeenCalledWith(
      expect.stringMatching(/prompt off answers otherwise than in training: its probabilities are up to 0\.0800/),
    )
  })

  it('is refused when it is another prompt altogether', async () => {
    await publish({ task: 'wrong', card: { selfTest: await selfTest(0.2) } })
    expect(await refusal(ask('wrong'))).toMatchObject({ status: 500, code: 'invalid_prompt', message: expect.stringContaining('0.2000') })
  })

  it('is not judged by texts that are cut here and were not there', async () => {
    const long = { text: `${'I waited for it all week. '.repeat(4)}`, scores: { int8: [Math.log(0.999), Math.log(0.001)] } }
    const prompt = await publish({ task: 'cut', seed: 4, card: { selfTest: [long] } })
    const cut = (settings = {}) =>
      runInDurableObject(env.MODEL_HOST.getByName('cut'), async (_, state) => {
        const host = new ModelHost(state, { ...env, ...settings })
        return host.classify(hostCall([{ prompt, text }]))
      })
    expect(await cut()).toMatchObject({ ok: false, code: 'invalid_prompt' })
    expect(await cut({ MAX_ROW_TOKENS: 16 })).toMatchObject({ ok: true })
  })

  it('is refused when a text has too few scores', async () => {
    await publish({ task: 'short', card: { selfTest: [{ text, scores: { int8: [] } }] } })
    expect((await ask('short')).status).toBe(500)
  })
})

describe('a prompt that was trained through another weight format of the same base', () => {
  const base = { hash: modelCard.baseHash, name: modelCard.name, weights: 'float32', graphVersion: 1 }
  afterEach(() => void vi.restoreAllMocks())

  it('is served without a warning when the self-test agrees, and with one where there is none', async () => {
    const warn = vi.spyOn(console, 'warn')
    await publish({ task: 'other-weights', card: { base, selfTest: await selfTest(0, 'float32') } })
    expect((await ask('other-weights')).status).toBe(200)
    expect(warn).not.toHaveBeenCalled()
    await publish({ task: 'other-weights-untested', card: { base, selfTest: [] } })
    expect((await ask('other-weights-untested')).status).toBe(200)
    expect(warn).toHaveBeenCalledWith(expect.stringContaining('trained through float32 weights, this model has int8'))
  })

  it('is warned of where it is off by more, and refused beyond the bound', async () => {
    const warn = vi.spyOn(console, 'warn')
    await publish({ task: 'other-weights-off', card: { base, selfTest: await selfTest(0.26, 'float32') } })
    expect((await ask('other-weights-off')).status).toBe(200)
    expect(warn).toHaveBeenCalledWith(expect.stringMatching(/up to 0\.2600 from those its trainer saw through float32 weights/))
    await publish({ task: 'other-weights-wrong', card: { base, selfTest: await selfTest(0.4, 'float32') } })
    expect(await refusal(ask('other-weights-wrong'))).toMatchObject({
      status: 500,
      code: 'invalid_prompt',
      message: expect.stringMatching(/up to 0\.4000 .* float32 weights.* at most 0\.3 is served/),
    })
  })

  it('is judged by the scores through the weights that are served, where the card has both', async () => {
    const warn = vi.spyOn(console, 'warn')
    const both = async (own: number, other: number): Promise<PromptCard['selfTest']> => {
      const [[ours], [theirs]] = [await selfTest(own), await selfTest(other, 'float32')]
      return [{ text, scores: { ...theirs?.scores, ...ours?.scores } }]
    }
    await publish({ task: 'own-agrees', card: { base, selfTest: await both(0, 0.3) } })
    expect((await ask('own-agrees')).status).toBe(200)
    expect(warn).not.toHaveBeenCalledWith(expect.stringContaining('answers otherwise'))
    await publish({ task: 'own-differs', card: { base, selfTest: await both(0.3, 0) } })
    expect(await refusal(ask('own-differs'))).toMatchObject({ status: 500, code: 'invalid_prompt' })
  })
})
