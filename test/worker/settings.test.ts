import { describe, expect, it } from 'vitest'
import { readSettings, type Settings } from '../../worker/settings.ts'
import { post, refusal } from '../fixtures/worker/ask.ts'

const settings = (given: Partial<Record<keyof Settings, string | number>>) => readSettings(given, 'Fix it under [vars] in wrangler.toml.')

describe('WEIGHT_FORMATS', () => {
  it.each([
    [undefined, ['int8', 'float32']],
    ['float32', ['float32']],
    [' float32 , int8', ['float32', 'int8']],
    ['q4,int8', ['q4', 'int8']],
  ])('%j names, in their order, %j', (given, formats) => {
    expect(settings(given === undefined ? {} : { WEIGHT_FORMATS: given }).WEIGHT_FORMATS).toEqual(formats)
  })

  it.each([
    ['foo', 'foo'],
    ['int8,float16', 'float16'],
    ['INT8', 'INT8'],
    ['int8;float32', 'int8;float32'],
    ['', ''],
    ['int8,', ''],
  ])('refuses %j by the name that is none, and says which there are', (given, name) => {
    expect(() => settings({ WEIGHT_FORMATS: given })).toThrow(
      `Cannot use setting WEIGHT_FORMATS: "${name}" is no weight format. Those that there are: int8, float32, q8, q4; name one or more, comma-separated. Fix it under [vars] in wrangler.toml.`,
    )
  })
})

describe('CORS_ORIGINS', () => {
  it.each([
    [undefined, []],
    [' , ', []],
    ['*', ['*']],
    ['https://page.example/, http://localhost:5173', ['https://page.example', 'http://localhost:5173']],
  ])('%j lets in %j: the slash of the address bar is left out', (given, origins) => {
    expect(settings(given === undefined ? {} : { CORS_ORIGINS: given }).CORS_ORIGINS).toEqual(origins)
  })

  it.each([
    ['https://page.example/path', 'https://page.example,'],
    ['https://Page.example', 'https://page.example,'],
    ['https://page.example:443', 'https://page.example,'],
    ['*, page.example', 'an address such as https://example.com,'],
    ['localhost:5173', 'an address such as https://example.com,'],
    ['null', 'an address such as https://example.com,'],
  ])('refuses %j, and says what to write instead', (given, instead) => {
    const name = given.split(', ').at(-1)
    expect(() => settings({ CORS_ORIGINS: given })).toThrow(
      `Cannot use setting CORS_ORIGINS: "${name}" is not the origin of a page. Write ${instead} or * for pages of any origin. Fix`,
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
