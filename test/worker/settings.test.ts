import { describe, expect, it } from 'vitest'
import { readSettings, type Settings } from '../../worker/settings.ts'
import { post, refusal } from '../fixtures/worker/ask.ts'

const settings = (given: Partial<Record<keyof Settings, string | number>>) => readSettings(given, 'Fix it under [vars] in wrangler.toml.')

describe('WEIGHT_FORMATS', () => {
  it.each([
    [undefined, ['int8', 'float32']],
    ['float32', ['float32']],
    [' float32 , int8', ['float32', 'int8']],
    ['q4-rows,int8', ['q4-rows', 'int8']],
  ])('%j names, in their order, %j', (given, formats) => {
    expect(settings(given === undefined ? {} : { WEIGHT_FORMATS: given }).WEIGHT_FORMATS).toEqual(formats)
  })

  it.each(['', ',', 'int8,', 'int8;float32', '8bit', 'a/b'])('refuses %j', (given) => {
    expect(() => settings({ WEIGHT_FORMATS: given })).toThrow(
      /setting WEIGHT_FORMATS: must be names of weight formats, comma-separated\..*wrangler\.toml/,
    )
  })
})

describe('a whole number', () => {
  it('is what it says, as a number or as text', () => {
    expect(settings({ MAX_INPUTS: '7', MAX_QUEUE_ROWS: 9 })).toMatchObject({ MAX_INPUTS: 7, MAX_QUEUE_ROWS: 9, MODEL_HOSTS: 1 })
  })

  it.each([
    [{ MAX_INPUTS: 'many' }, 'MAX_INPUTS: must be a whole number'],
    [{ MAX_INPUTS: 1.5 }, 'MAX_INPUTS'],
    [{ MODEL_HOSTS: 0 }, 'MODEL_HOSTS'],
    [{ MAX_INPUTS: 600 }, 'MAX_INPUTS: must not be more than MAX_QUEUE_ROWS'],
    [{ MAX_CALL_TOKENS: 70_000 }, 'MAX_CALL_TOKENS: must not be more than MAX_QUEUE_TOKENS'],
  ])('is refused where it can not be used: %j', (given, message) => {
    expect(() => settings(given)).toThrow(message)
  })
})

it('a setting that is no number is named', async () => {
  const answer = await refusal(post('/v1/tasks/mood/classify', { input: 'Lovely.' }, { MAX_INPUTS: 'many' }))
  expect(answer).toMatchObject({ status: 500, code: 'usage', message: expect.stringContaining('MAX_INPUTS') })
})
