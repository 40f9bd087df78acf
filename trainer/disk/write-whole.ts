import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { makeFolder } from './make-folder.ts'
import { ownerOf } from './owner.ts'

/**
 * Writes a file beside `beside` and then puts it in the place of `path`, so that a crash or a full disk leaves what was there whole. What a
 * killed process leaves is `<beside>.<owner>.tmp`.
 */
export function writeWhole(path: string, bytes: Uint8Array, beside = path): void {
  const writing = `${beside}.${ownerOf()}.tmp` // another process may write to the same `path`
  try {
    makeFolder(dirname(resolve(path)))
    const file = openSync(writing, 'w')
    try {
      let written = 0
      while (written < bytes.length) written += writeSync(file, bytes, written)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    renameSync(writing, path)
  } catch (error) {
    rmSync(writing, { force: true })
    throw error
  }
}
