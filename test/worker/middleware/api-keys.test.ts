import { describe, expect, it } from 'vitest'
import { apiKeys, keyWarnings } from '../../../worker/middleware/api-keys.ts'

it('keys are separated by commas, and what stands around them does not count', () => {
  expect(apiKeys(' first-key,second-key ,, third=key/+~')).toEqual(['first-key', 'second-key', 'third=key/+~'])
})

describe('a warning', () => {
  it.each([['first-key'], ['first-key, second-key,'], ['!"#$%&()*+-./:;<=>?@[]^_`{|}~']])('is not given for %j', (list) => {
    expect(keyWarnings(list)).toEqual([])
  })

  it.each(['in side', 'in\tside', 'in\u0000side', 'in\u001bside', 'in\u007fside', 'in\u00a0side', 'schl\u00fcssel', 'key\ud83d\ude00'])(
    'names a key that no header carries by its place, and does not show it: %j',
    (key) => {
      const warnings = keyWarnings(`first-key,${key},third-key`)
      expect(warnings).toEqual([expect.stringMatching(/^Key 2 of API_KEYS .*wrangler secret put API_KEYS\.$/)])
      for (const part of [key, 'side', 'ssel', 'first', 'third']) expect(warnings[0]).not.toContain(part)
    },
  )

  it('is given for every such key', () => {
    expect(keyWarnings('a b,good,c d').map((warning) => warning.slice(0, 5))).toEqual(['Key 1', 'Key 3'])
  })

  it.each([',', ' ', ' , '])('says that nobody could call: %j', (list) => {
    expect(keyWarnings(list)).toEqual([expect.stringMatching(/API_KEYS: it is set and holds no key.*leave it unset to serve every caller/)])
    expect(() => apiKeys(list)).toThrow(/API_KEYS: it is set and holds no key/)
  })

  it.each([undefined, ''])('is given where there are no keys: %j', (list) => {
    expect(keyWarnings(list)).toEqual(['API_KEYS is not set: every caller is served.'])
  })
})
