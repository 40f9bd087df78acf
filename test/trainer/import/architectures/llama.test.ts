import { describe, expect, test } from 'vitest'
import { batchInputs, presentNames } from '../../../../shared/engine/families/decoder.ts'
import { float32, floatOutput, int64 } from '../../../../shared/tensor.ts'
import { imported, temporaryFolder } from '../../../fixtures/imported-model.ts'
import { everywhere, rowsOf, sessionOf } from '../../../fixtures/model-session.ts'
import { checkpointOf, readReference, relativeError } from '../../../fixtures/reference.ts'

const folder = temporaryFolder()

describe.each([
  ['gqa-tied', 'float32'],
  ['gqa-tied', 'int8'],
  ['mha-untied', 'float32'],
  ['mha-untied', 'int8'],
] as const)('the interface of %s in %s', async (name, weights) => {
  const model = await imported(checkpointOf(name), weights, folder)
  const session = await sessionOf(model)
  const { sizes } = model.card
  const { vocabulary: V, hidden: H, keyValueHeads, headSize } = sizes
  const { rows: texts, prefix } = readReference(name)
  const past = prefix('past', sizes)
  const B = texts.length
  const T = 16

  test.each([
    ['no past', null],
    ['a past', past],
  ])('computes no answers and no scores where none are wanted, with %s', async (_, prefix) => {
    const feeds = batchInputs(rowsOf(texts, prefix), sizes)
    const answered = await session.run(feeds)
    const unanswered = await session.run({ ...feeds, answer_positions: int64([B, 0]) })
    expect(answered.hidden!.dims).toEqual([B, 1, H])
    expect(answered.logits!.dims).toEqual([0, V])
    expect(unanswered.hidden!.dims).toEqual([B, 0, H])
    expect(unanswered.logits!.dims).toEqual([0, V])
    for (const output of presentNames(sizes)) {
      expect(unanswered[output]!.dims).toEqual([B, keyValueHeads, T, headSize])
      expect(unanswered[output]!.data).toEqual(answered[output]!.data)
    }
  })

  test('answers at any positions, and scores any of the answers', async () => {
    const feeds = batchInputs(rowsOf(texts, past), sizes)
    const all = await session.run(everywhere(feeds))
    const chosen = await session.run({
      ...feeds,
      answer_positions: int64([B, 2], BigInt64Array.of(1n, 0n, 2n, 2n, 0n, 1n)),
      logit_rows: int64([4], BigInt64Array.of(5n, 0n, 5n, 3n)),
    })
    const take = (values: Float32Array, n: number, places: readonly number[]) =>
      places.flatMap((place) => Array.from(values.subarray(place * n, (place + 1) * n)))
    const places = [1, 0, T + 2, T + 2, 2 * T, 2 * T + 1]
    expect(relativeError(floatOutput(chosen, 'hidden').data, take(floatOutput(all, 'hidden').data, H, places))).toBeLessThan(1e-5)
    const scored = [5, 0, 5, 3].map((answer) => places[answer]!)
    expect(relativeError(floatOutput(chosen, 'logits').data, take(floatOutput(all, 'logits').data, V, scored))).toBeLessThan(1e-5)
  })

  test('looks up virtual tokens in a table of one row or more, and refuses one past it', async () => {
    const table = float32([1, H], model.inputRows([7]))
    const feeds = (id: number) => ({ ...batchInputs(rowsOf([[1, id, 3]], null), sizes), prompt_table: table })
    const asVirtual = await session.run(feeds(V))
    const asWord = await session.run(feeds(7))
    expect(relativeError(floatOutput(asVirtual, 'hidden').data, floatOutput(asWord, 'hidden').data)).toBeLessThan(1e-6)
    await expect(session.run(feeds(V + 1))).rejects.toThrow(/Gather/)
  })

  test('stays finite where a row may see nothing', async () => {
    const outputs = await session.run({ ...batchInputs(rowsOf(texts, past), sizes), attention_mask: int64([B, 16 + T]) })
    for (const value of floatOutput(outputs, 'hidden').data) expect(Number.isFinite(value)).toBe(true)
  })
})
