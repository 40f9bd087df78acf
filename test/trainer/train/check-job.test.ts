import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { llama } from '../../../trainer/import/architectures/llama.ts'
import { openFrozen } from '../../../trainer/import/open-frozen.ts'
import { type OpenedModel, openModel } from '../../../trainer/import/open-model.ts'
import { fitContext, placementOf, requireCard, templateOf } from '../../../trainer/train/check-job.ts'
import { type GivenSettings, settingsFor } from '../../../trainer/train/settings.ts'
import { temporaryFolder } from '../../fixtures/imported-model.ts'
import { twoLabels } from '../../fixtures/random-prompt.ts'
import { writeSmallModel } from '../../fixtures/small-model.ts'

const directory = join(temporaryFolder(), 'model')
await writeSmallModel(directory, { context: 64 })
/** Each character is a token of it, and BOS is 0. */
const model: OpenedModel = openModel(directory)
const frozen = await openFrozen(model, { threads: 1 })
afterAll(() => frozen.close())
const settings = (given: GivenSettings) => settingsFor(given, 10, llama.defaults)
/** What `check` throws; null where it throws nothing. */
function thrown(check: () => unknown): unknown {
  try {
    check()
    return null
  } catch (error) {
    return error
  }
}

describe('the template', () => {
  test('puts a text into its place, cut to the most tokens of a row', () => {
    const encode = templateOf(settings({ template: '({text})', maxTokens: 6 }), model)
    const ids = (text: string) => [0, ...model.encode(text)]
    expect(encode('abc')).toEqual({ inputIds: ids('(abc)'), truncated: false })
    expect(encode('abcd')).toEqual({ inputIds: ids('(abc)'), truncated: true })
  })

  test('that leaves no room for a text is wrong use, with the reason', () => {
    const tight = settings({ template: '({text})', maxTokens: 3 })
    expect(thrown(() => templateOf(tight, model))).toMatchObject({
      ...{ name: 'SoftPromptError', code: 'usage', cause: { code: 'invalid_prompt' } },
      message: expect.stringContaining('it has 3 tokens of the 3 that a row may have'),
    })
  })

  test('is not blamed for a defect', () => {
    const defect = new TypeError('broken')
    const encode = () => {
      throw defect
    }
    expect(thrown(() => templateOf(settings({}), { ...model, encode }))).toBe(defect)
  })
})

describe('a card', () => {
  const good = { label: 'good', verbalizer: 'good', token: 3 }

  test('holds names of up to 256 characters', () => {
    expect(() => requireCard([{ ...good, label: 'x'.repeat(256), verbalizer: 'y'.repeat(256) }, good], '{text} It was')).not.toThrow()
  })

  test.each([
    [{ ...good, label: 'x'.repeat(257) }, /^Cannot learn with label x{79}…: label: Too big/],
    [{ ...good, label: 'bad', verbalizer: 'y'.repeat(257) }, /^Cannot learn with label bad: verbalizer: Too big/],
  ])('does not hold longer ones, and the label is named: %j', (label, message) => {
    expect(thrown(() => requireCard([good, label], '{text} It was'))).toMatchObject({
      code: 'invalid_data',
      message: expect.stringMatching(message),
    })
  })

  test.each([
    ['no place for a text', /^Cannot learn with the template: template: must hold \{text\} exactly once\.$/],
    [`{text}${'x'.repeat(4096)}`, /^Cannot learn with the template: template: must have at most 4096 characters\.$/],
  ])('does not hold the template %j', (template, message) => {
    expect(thrown(() => requireCard(twoLabels, template))).toMatchObject({ code: 'invalid_data', message: expect.stringMatching(message) })
  })
})

test('texts stand behind the prompt as the family says, and are scored by the model’s readout', () => {
  expect(placementOf(model.card, settings({ virtualTokens: 4 }))).toEqual({ positionOffset: 4, readout: 'last' })
})

test('prompt and text may fill the context to its last position, and no more', () => {
  const full = settings({ virtualTokens: 4, maxTokens: 60 })
  expect(fitContext(full, model.card, 60)).toBe(full)
  for (const over of [
    { virtualTokens: 5, maxTokens: 60 },
    { virtualTokens: 4, maxTokens: 61 },
  ])
    expect(thrown(() => fitContext(settings(over), model.card, over.maxTokens))).toMatchObject({
      code: 'usage',
      message: `Cannot use ${over.virtualTokens} virtual tokens with --max-tokens ${over.maxTokens}: the model's context is 64 positions. Lower one of them.`,
    })
})

test('of a prefix that takes no positions the length of the rows alone is to blame', () => {
  const card = { ...model.card, family: 'encoder', readout: 'mean' } as const
  expect(fitContext(settings({ virtualTokens: 4, maxTokens: 64 }), card, 64).maxTokens).toBe(64)
  expect(thrown(() => fitContext(settings({ virtualTokens: 4, maxTokens: 999 }), card, 999))).toMatchObject({
    code: 'usage',
    message: "Cannot use --max-tokens 999: the model's context is 64 positions. Lower it to 64 or less.",
  })
})

test('rows of which nothing was said are as long as the context lets', () => {
  expect(fitContext(settings({ virtualTokens: 4 }), model.card, undefined).maxTokens).toBe(60)
  expect(thrown(() => fitContext(settings({ virtualTokens: 64 }), model.card, undefined))).toMatchObject({ code: 'usage' })
})
