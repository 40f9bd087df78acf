import { describe, expect, test } from 'vitest'
import { type BaseManifest, baseHash, canonicalJson, withoutDefaults } from '../../../shared/formats/base-manifest.ts'

describe('canonical JSON', () => {
  test('has no spaces, and the keys of every object in order', () => {
    const value = { b: [1, { z: null, y: true }], a: 'ä "x"', B: { 2: 'two', 10: 'ten' }, é: 1e-5 }
    expect(canonicalJson(value)).toBe('{"B":{"10":"ten","2":"two"},"a":"ä \\"x\\"","b":[1,{"y":true,"z":null}],"é":0.00001}')
  })

  test('writes numbers as RFC 8785 does', () => {
    expect(canonicalJson([1, 1.0, -0, 1e21, 1e-7, 0.1, 500_000])).toBe('[1,1,0,1e+21,1e-7,0.1,500000]')
  })

  test.each([Number.NaN, Number.POSITIVE_INFINITY])('refuses %d', (number) => {
    expect(() => canonicalJson({ a: [number] })).toThrow(/is not JSON/)
  })
})

test('a base is known by the SHA-256 of its manifest in canonical JSON', async () => {
  const manifest: BaseManifest = { version: 1, architecture: 'x', config: {}, tensors: {}, bos: null, tokenizer: '00' }
  // printf '{"architecture":"x","bos":null,"config":{},"tensors":{},"tokenizer":"00","version":1}' | sha256sum
  expect(await baseHash(manifest)).toBe('9ff57d3a059cca2b2d27546e0d5a835414dbce0e3125caa4f2994fe5dbc3763b')
  expect(await baseHash(Object.fromEntries(Object.entries(manifest).reverse()) as unknown as BaseManifest)).toBe(await baseHash(manifest))
})

test('fields at their defaults are left out, whatever the order of what they hold', () => {
  const config = { plain: 1, same: { a: 1, b: [2] }, other: { a: 2 }, nothing: null, off: false }
  expect(withoutDefaults(config, { same: { b: [2], a: 1 }, other: { a: 1 }, nothing: null, off: false, missing: 0 })).toEqual({
    plain: 1,
    other: { a: 2 },
  })
})
