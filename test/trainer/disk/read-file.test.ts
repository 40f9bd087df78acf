import { execFileSync } from 'node:child_process'
import { closeSync, mkdirSync, readdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { fileSize, openFile, readFile, readInto, requireFolder } from '../../../trainer/disk/read-file.ts'
import { temporaryFolder } from '../../fixtures/imported-model.ts'

const folder = temporaryFolder()
const at = (name: string) => join(folder, name)
writeFileSync(at('ten'), '0123456789')
mkdirSync(at('folder'))
symlinkSync('ten', at('link'))
symlinkSync('nowhere', at('dangling'))
symlinkSync('loop', at('loop'))
execFileSync('mkfifo', [at('pipe')])

const text = (bytes: Uint8Array | null) => bytes && new TextDecoder().decode(bytes)
const refusal = (message: RegExp) => expect.objectContaining({ code: 'invalid_model', message: expect.stringMatching(message) })
/** Files that this process has open. */
const openFiles = () => readdirSync('/proc/self/fd').length

describe('a file', () => {
  test('is read whole, through a link too, where it has no more bytes than wanted', () => {
    expect(text(readFile(at('ten'), 10, 'invalid_model'))).toBe('0123456789')
    expect(text(readFile(at('link'), 2 ** 40, 'invalid_model'))).toBe('0123456789')
    expect(() => readFile(at('ten'), 9, 'invalid_model')).toThrow(refusal(/Cannot read .*ten: it has 10 bytes, and at most 9 are read\./))
  })

  test('has a size, where it is one', () => {
    expect(fileSize(at('link'), 'invalid_model')).toBe(10)
    expect(fileSize(at('missing'), 'invalid_model')).toBeNull()
    expect(() => fileSize(at('folder'), 'invalid_model')).toThrow(refusal(/folder: it is not a file\./))
    expect(() => fileSize(at('loop'), 'invalid_model')).toThrow(refusal(/ELOOP/))
  })

  test('of no bytes is read as none', () => {
    writeFileSync(at('empty'), '')
    expect(readFile(at('empty'), 0, 'invalid_model')).toEqual(new Uint8Array())
  })

  test.each(['missing', 'missing/file', 'ten/file', 'dangling'])('that is not there is null (%s)', (name) => {
    expect(readFile(at(name), 10, 'invalid_model')).toBeNull()
    expect(openFile(at(name), 'invalid_model')).toBeNull()
  })

  test.each([
    ['folder', /folder: it is not a file\./],
    ['pipe', /pipe: it is not a file\./], // and nobody waits for who writes to it
    ['loop', /loop: .*ELOOP/],
    ['\0', /Cannot read /],
  ])('%j is none', (name, message) => {
    expect(() => readFile(at(name), 10, 'invalid_model')).toThrow(refusal(message))
  })

  test('of a size beyond all memory is refused before it is read', () => {
    writeFileSync(at('huge'), '')
    truncateSync(at('huge'), 2 ** 40) // a hole: no bytes on the disk
    expect(() => readFile(at('huge'), 2 ** 20, 'invalid_model')).toThrow(refusal(/has 1099511627776 bytes/))
  })

  test.skipIf(process.platform !== 'linux')('is closed again, read or refused', () => {
    const before = openFiles()
    for (let i = 0; i < 20; i++) {
      readFile(at('ten'), 10, 'invalid_model')
      for (const [name, limit] of [['ten', 9], ['folder', 10], ['pipe', 10]] as const) // biome-ignore format: a table
        expect(() => readFile(at(name), limit, 'invalid_model')).toThrow()
    }
    expect(openFiles()).toBeLessThan(before + 20)
  })
})

describe('readInto', () => {
  const reading = (buffer: Uint8Array, position: number) => {
    const { file, size } = openFile(at('ten'), 'invalid_model')!
    expect(size).toBe(10)
    const count = readInto(buffer, file, position)
    closeSync(file)
    return count
  }

  test('fills a buffer from a position on, and says how far it came', () => {
    const buffer = new Uint8Array(4)
    expect(reading(buffer, 3)).toBe(4)
    expect(text(buffer)).toBe('3456')
    expect(reading(buffer, 8)).toBe(2)
    expect(text(buffer)).toBe('8956')
    expect(reading(buffer, 10)).toBe(0)
    expect(reading(new Uint8Array(), 0)).toBe(0)
  })

  test('fills a part of a buffer', () => {
    const buffer = new Uint8Array(6)
    expect(reading(buffer.subarray(2, 4), 0)).toBe(2)
    expect(Array.from(buffer)).toEqual([0, 0, 0x30, 0x31, 0, 0])
  })

  test('takes a buffer of more bytes than the system reads at once', () => {
    expect(reading(new Uint8Array(2 ** 31 + 7), 0)).toBe(10)
  })
})

test('a folder that is not there, or is a file, is named', () => {
  requireFolder(at('folder'), 'invalid_prompt')
  expect(() => requireFolder(at('loop'), 'invalid_model')).toThrow(refusal(/Cannot read .*loop: .*ELOOP/))
  for (const name of ['missing', 'ten', 'dangling']) {
    expect(() => requireFolder(at(name), 'invalid_prompt')).toThrow(
      expect.objectContaining({
        code: 'invalid_prompt',
        message: expect.stringContaining(`${JSON.stringify(at(name))}: there is no such folder`),
      }),
    )
  }
})
