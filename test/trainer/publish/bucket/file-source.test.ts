import { mkdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { fileSource } from '../../../../trainer/publish/bucket/file-source.ts'
import { temporaryFolder } from '../../../fixtures/imported-model.ts'

const folder = temporaryFolder()
const sha256 = 'a'.repeat(64)

/** A file of the bytes 0, 1, 2 … 9. */
function written(name: string): string {
  const path = join(folder, name)
  writeFileSync(
    path,
    Uint8Array.from({ length: 10 }, (_, i) => i),
  )
  return path
}

test('a file is known by its name and by what its card says, and read in parts', async () => {
  const source = await fileSource(written('whole.bin'), { bytes: 10, sha256 })
  expect(source).toMatchObject({ name: 'whole.bin', bytes: 10, sha256 })
  expect(await source.read(0, 4)).toEqual(Uint8Array.of(0, 1, 2, 3))
  expect(await source.read(4, 10)).toEqual(Uint8Array.of(4, 5, 6, 7, 8, 9))
  expect(await source.read(10, 10)).toEqual(new Uint8Array())
  expect(await source.read(0, 4)).not.toBeInstanceOf(Buffer)
})

describe('is refused before anything is uploaded', () => {
  const refused = (path: string, bytes: number, message: string) =>
    expect(fileSource(path, { bytes, sha256 })).rejects.toMatchObject({
      code: 'invalid_file',
      message: expect.stringContaining(`Cannot read ${path}: ${message}`),
    })

  test('a file that is not there', () =>
    refused(join(folder, 'nowhere.bin'), 10, 'its card describes a file of 10 bytes, and there is none. Make the package again.'))

  test('a file of another size', () => refused(written('other.bin'), 11, 'its card describes a file of 11 bytes, and this has 10.'))

  test('a folder, also one of that size', async () => {
    const path = join(folder, 'folder.bin')
    mkdirSync(path)
    await refused(path, statSync(path).size, 'it is not a file')
  })
})

describe('a file that changes while it is uploaded is told of', () => {
  const changed = async (name: string, change: (path: string) => void, message: string) => {
    const path = written(name)
    const source = await fileSource(path, { bytes: 10, sha256 })
    change(path)
    await expect(source.read(4, 8)).rejects.toMatchObject({
      code: 'invalid_file',
      message: expect.stringContaining(`Cannot read ${path}: ${message}`),
    })
  }

  test('where it was cut', () =>
    changed('cut.bin', (path) => truncateSync(path, 6), 'it ended at byte 6 while being uploaded. Was it changed?'))

  test('where it was removed', () => changed('removed.bin', (path) => rmSync(path), 'it was removed while being uploaded.'))
})
