import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type Dtype, dtypeBytes } from '../../../../shared/formats/safetensors.ts'
import { Checkpoint } from '../../../../trainer/import/sources/checkpoint.ts'
import { temporaryFolder } from '../../../fixtures/imported-model.ts'
import { safetensors } from '../../../fixtures/written-checkpoint.ts'

const folder = temporaryFolder()

/** A checkpoint of one tensor whose halves have the given bits. */
function halves(dtype: Dtype, bits: readonly number[], shape: readonly number[] = [bits.length]): Checkpoint {
  const directory = join(folder, `${dtype} ${bits.join()}`)
  mkdirSync(directory)
  writeFileSync(
    join(directory, 'model.safetensors'),
    safetensors(new Map([['x', { dtype, shape, bytes: new Uint8Array(Uint16Array.from(bits).buffer) }]])),
  )
  return new Checkpoint(directory)
}

describe('the numbers of a checkpoint', () => {
  test.each<[Dtype, readonly number[], readonly number[]]>([
    // 1, −2, 1 + 2^−10, the largest, the smallest normal, the largest and smallest below it, ±0
    [
      'F16',
      [0x3c00, 0xc000, 0x3c01, 0x7bff, 0x0400, 0x03ff, 0x0001, 0x8001, 0, 0x8000],
      [1, -2, 1 + 2 ** -10, 65504, 2 ** -14, 1023 * 2 ** -24, 2 ** -24, -(2 ** -24), 0, -0],
    ],
    [
      'BF16',
      [0x3f80, 0xc000, 0x3f81, 0x7f7f, 0x0080, 0x0001, 0x8001, 0, 0x8000],
      [1, -2, 1 + 2 ** -7, 255 * 2 ** 120, 2 ** -126, 2 ** -133, -(2 ** -133), 0, -0],
    ],
  ])('are exact in %s', (dtype, bits, values) => {
    expect(Array.from(halves(dtype, bits).rows('x', 0, bits.length))).toEqual(values)
  })

  test.each<[Dtype, number]>([
    ['F16', 0x7c00],
    ['F16', 0xfc01],
    ['BF16', 0x7f80],
    ['BF16', 0xffc0],
  ])('are refused where they are not finite: %s %i', (dtype, bits) => {
    const checkpoint = halves(dtype, [0, 0, 0, 0, bits, 0], [3, 2])
    expect(Array.from(checkpoint.rows('x', 0, 2))).toEqual([0, 0, 0, 0])
    expect(() => checkpoint.rows('x', 1, 2)).toThrow(/tensor x holds (-?Infinity|NaN) in row 2/)
  })

  test('are read a few rows at a time', () => {
    const checkpoint = halves('BF16', [0x3f80, 0x4000, 0x4040, 0x4080, 0x40a0, 0x40c0], [3, 1, 2])
    expect(Array.from(checkpoint.rows('x', 1, 1))).toEqual([3, 4])
    expect(Array.from(checkpoint.rows('x', 0, 3))).toEqual([1, 2, 3, 4, 5, 6])
    checkpoint.expect('x', [3, 1, 2])
    expect(() => checkpoint.expect('x', [3, 2])).toThrow('tensor x has shape [3,1,2], and config.json asks for [3,2]')
  })
})

/** A checkpoint of tensors [1] in the type that each has. */
function written(tensors: Readonly<Record<string, Dtype>>, rename?: (tensor: string) => string): Checkpoint {
  const directory = mkdtempSync(join(folder, 'tensors-'))
  const stored = Object.entries(tensors).map(
    ([name, dtype]) => [name, { dtype, shape: [1], bytes: new Uint8Array(dtypeBytes[dtype]) }] as const,
  )
  writeFileSync(join(directory, 'model.safetensors'), safetensors(new Map(stored)))
  return new Checkpoint(directory, rename)
}

test('tensors are known by what they are renamed to', () => {
  const checkpoint = written({ 'bert.a': 'F32', b: 'F16' }, (tensor) => tensor.replace('bert.', ''))
  expect(checkpoint.names).toEqual(['a', 'b'])
  expect(checkpoint.tensor('a').dtype).toBe('F32')
  expect(() => checkpoint.tensor('bert.a')).toThrow(/no tensor bert\.a/)
  checkpoint.close()
})

test('two tensors that come to one name are refused', () => {
  expect(() => written({ a: 'F32', 'bert.a': 'F32' }, (tensor) => tensor.replace('bert.', ''))).toThrow(
    expect.objectContaining({
      code: 'invalid_model',
      message: expect.stringMatching(/tensor a is stored twice, the second time as bert\.a/),
    }),
  )
})

test('a tensor of whole numbers may lie there, and is refused where it is wanted', () => {
  const checkpoint = written({ x: 'F32', position_ids: 'I64' })
  expect(checkpoint.names).toEqual(['position_ids', 'x'])
  checkpoint.expect('x', [1])
  expect(() => checkpoint.expect('position_ids', [1])).toThrow(/tensor position_ids has type I64; F32, F16, BF16 are read here/)
  expect(() => checkpoint.rows('position_ids', 0, 1)).toThrow(/has type I64/)
  checkpoint.close()
})

test('weights of another kind beside the tensors are left aside', () => {
  const directory = mkdtempSync(join(folder, 'pickle-'))
  writeFileSync(join(directory, 'pytorch_model.bin'), '')
  expect(() => new Checkpoint(directory)).toThrow(/it has pytorch_model\.bin and no model\.safetensors/)
  writeFileSync(join(directory, 'model.safetensors'), safetensors(new Map()))
  expect(new Checkpoint(directory).names).toEqual([])
})

test('a file that only goes by the name is refused as what it is', () => {
  const directory = mkdtempSync(join(folder, 'pointer-'))
  writeFileSync(join(directory, 'model.safetensors'), 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 90868376\n')
  expect(() => new Checkpoint(directory)).toThrow(/model\.safetensors: it is a Git LFS pointer/)
})
