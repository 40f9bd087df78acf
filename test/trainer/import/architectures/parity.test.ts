import { existsSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { roundUp } from '../../../../shared/engine/families/padding.ts'
import { floatOutput, int64, type Tensors } from '../../../../shared/tensor.ts'
import { type OpenedModel, openModel } from '../../../../trainer/import/open-model.ts'
import { imported, temporaryFolder } from '../../../fixtures/imported-model.ts'
import { compile, everywhere, feedsOf, useSessions } from '../../../fixtures/model-session.ts'
import { bootstrap, checkpointOf, cosine, readReference, references, relativeError } from '../../../fixtures/reference.ts'

const sessionOf = useSessions()
const folder = temporaryFolder()

/** Of values [B, T, n], or [B · T, n], those of the texts' own positions, without padding, from position `from` on. */
function ofTexts(values: Float32Array, texts: readonly number[][], T: number, from = 0): number[] {
  const n = values.length / (texts.length * T)
  return texts.flatMap((ids, b) => Array.from(values.subarray((b * T + from) * n, (b * T + from + ids.length) * n)))
}

describe.each(references)('%s', async (name) => {
  const reference = readReference(name)
  const texts = reference.rows
  const T = reference.float('hidden').dims[1]!
  const model = await imported(checkpointOf(name), 'float32', folder)
  const session = await sessionOf(model)
  const { sizes } = model.card

  test.each([
    ['alone', '', async () => null],
    ['after a prompt', 'prompt_', () => compile(session, reference.float('prompt'), model)],
    ['after past keys and values', 'past_', async () => reference.prefix('past', sizes)],
  ])("gives PyTorch's hidden states and logits %s", async (_, key, prefix) => {
    const outputs = await session.run(everywhere(feedsOf(texts, await prefix(), model)))
    for (const output of ['hidden', 'logits']) {
      const got = ofTexts(floatOutput(outputs, output).data, texts, roundUp(T))
      const wanted = ofTexts(reference.float(key + output).data, texts, T)
      expect(relativeError(got, wanted), output).toBeLessThan(1e-4)
    }
  })

  test('gives the same when the prompt stands before each text', async () => {
    const prompt = reference.float('prompt')
    const P = prompt.dims[0]!
    const inPlace = texts.map((ids) => [...Array.from({ length: P }, (_, p) => sizes.vocabulary + p), ...ids])
    const feeds = { ...everywhere(feedsOf(inPlace, null, model)), prompt_table: prompt }
    const outputs = await session.run(feeds)
    const got = ofTexts(floatOutput(outputs, 'hidden').data, texts, roundUp(P + T), P)
    expect(relativeError(got, ofTexts(reference.float('prompt_hidden').data, texts, T))).toBeLessThan(1e-4)
  })

  test('stays near in int8', async () => {
    const small = await imported(checkpointOf(name), 'int8', folder)
    const quantized = await sessionOf(small)
    for (const [key, prefix] of [
      ['', null],
      ['prompt_', await compile(quantized, reference.float('prompt'), small)],
    ] as const) {
      const outputs = await quantized.run(everywhere(feedsOf(texts, prefix, small)))
      const got = ofTexts(floatOutput(outputs, 'hidden').data, texts, roundUp(T))
      const wanted = ofTexts(reference.float(`${key}hidden`).data, texts, T)
      expect(cosine(got, wanted)).toBeGreaterThan(0.99)
      expect(relativeError(got, wanted)).toBeGreaterThan(1e-4) // it is another format
    }
  })
})

describe('the model that ships', () => {
  const reference = readReference('bootstrap')
  const T = roundUp(reference.integers('input_ids').length / reference.rows.length)

  /** The relative errors of the answers' hidden states and logits, the cosines of the hidden states. */
  async function compare(model: OpenedModel): Promise<{ error: number; angle: number }[]> {
    const session = await sessionOf(model)
    const { sizes } = model.card
    const { hidden: H } = sizes
    const answers = reference.rows.map((ids) => ids.length - 1)
    const bare = Float32Array.from(
      answers.flatMap((answer, b) => {
        const from = (b * reference.float('hidden').dims[1]! + answer) * H
        return Array.from(reference.float('hidden').data.subarray(from, from + H))
      }),
    )
    const cases = [
      [null, bare, 'last_logits'],
      [await compile(session, reference.float('prompt'), model), reference.float('prompt_last_hidden').data, 'prompt_last_logits'],
      [reference.prefix('past', sizes), reference.float('past_last_hidden').data, 'past_last_logits'],
    ] as const
    const compared: { error: number; angle: number }[] = []
    for (const [prefix, hidden, logits] of cases) {
      const feeds: Tensors = { ...feedsOf(reference.rows, prefix, model), logit_rows: int64([3], BigInt64Array.of(0n, 1n, 2n)) }
      expect(feeds.input_ids!.dims[1]).toBe(T)
      const outputs = await session.run(feeds)
      const got = floatOutput(outputs, 'hidden').data
      const error = Math.max(relativeError(got, hidden), relativeError(floatOutput(outputs, 'logits').data, reference.float(logits).data))
      compared.push({ error, angle: cosine(got, hidden) })
    }
    return compared
  }

  test.skipIf(!existsSync(bootstrap))(`gives PyTorch's numbers in float32 (left out where ${bootstrap} is not there)`, async () => {
    const model = await imported(bootstrap, 'float32', folder)
    for (const { error } of await compare(model)) expect(error).toBeLessThan(1e-4)
    expect(openModel('models/tiny-lm').card.baseHash).toBe(model.card.baseHash)
  })

  test('stays near them in int8', async () => {
    for (const { angle } of await compare(openModel('models/tiny-lm'))) expect(angle).toBeGreaterThan(0.995)
  })
})
