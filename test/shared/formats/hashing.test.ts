import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { Sha256, sha256 } from '../../../shared/formats/hashing.ts'

test('sha256 is SHA-256, of any bytes', async () => {
  expect(await sha256(new TextEncoder().encode('abc'))).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
  for (const length of [0, 1, 63, 64, 65, 100_000]) {
    const bytes = Uint8Array.from({ length }, (_, i) => (i * 31) & 255)
    expect(await sha256(bytes)).toBe(createHash('sha256').update(bytes).digest('hex'))
  }
})

test('a hash is 64 hexadecimal digits', () => {
  expect(Sha256.safeParse('0'.repeat(64)).success).toBe(true)
  for (const wrong of ['0'.repeat(63), 'A'.repeat(64), `${'0'.repeat(64)}\n`, '']) expect(Sha256.safeParse(wrong).success).toBe(false)
})
