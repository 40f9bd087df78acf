import { describe, expect, test } from 'vitest'
import { requireNoDisguise, requireNoPointer } from '../../../../trainer/import/sources/disguised-file.ts'

const pointer = new TextEncoder().encode('version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n')
/** How torch.save begins, in the formats before 1.6 and since. */
const pickle = Uint8Array.of(0x80, 2, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20)
const zip = Uint8Array.of(0x50, 0x4b, 3, 4, 0, 0, 8, 8, 0, 0)

describe('a file that is to be safetensors', () => {
  test.each<[string, Uint8Array, string, RegExp]>([
    [
      'a Git LFS pointer',
      pointer,
      'invalid_model',
      /it: it is a Git LFS pointer, and not the file itself\. Run git lfs install and git lfs pull/,
    ],
    [
      'a pickle',
      pickle,
      'unsupported',
      /it: it is a pickle, as torch\.save writes, and no safetensors file\. .*name it pytorch_model\.bin/,
    ],
    ['a zip', zip, 'unsupported', /it: it is a zip file, as torch\.save writes/],
  ])('is refused where it is %s', (_, begin, code, message) => {
    expect(() => requireNoDisguise(begin, 'it')).toThrow(expect.objectContaining({ code, message: expect.stringMatching(message) }))
  })

  test.each([0x280, 0x4b50])('may have a header of %i bytes, which begins like one', (length) => {
    const begin = new Uint8Array(16)
    new DataView(begin.buffer).setUint32(0, length, true)
    begin[8] = 0x7b
    expect(() => requireNoDisguise(begin, 'it')).not.toThrow()
  })

  test('may be empty', () => {
    expect(() => requireNoDisguise(new Uint8Array(), 'it')).not.toThrow()
  })
})

test('a text that is none is no pointer', () => {
  expect(() => requireNoPointer(pointer, 'it')).toThrow(/Git LFS pointer/)
  expect(() => requireNoPointer(new TextEncoder().encode('{"version": "1.0"}'), 'it')).not.toThrow()
})
