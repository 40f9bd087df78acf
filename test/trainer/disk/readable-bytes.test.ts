import { expect, test } from 'vitest'
import { readableBytes } from '../../../trainer/disk/readable-bytes.ts'

test.each([
  [0, '0 B'],
  [1, '1 B'],
  [999, '999 B'],
  [1000, '1.0 kB'],
  [1536, '1.5 kB'],
  [999_949, '999.9 kB'],
  [999_950, '1.0 MB'], // 1000.0 kB is nothing that people say
  [999_999, '1.0 MB'],
  [1_000_000, '1.0 MB'],
  [28_311_552, '28.3 MB'],
  [999_960_000, '1.0 GB'],
  [2 ** 40, '1.1 TB'],
  [12e15, '12000.0 TB'],
])('%i bytes are %s', (bytes, said) => {
  expect(readableBytes(bytes)).toBe(said)
})
