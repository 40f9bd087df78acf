import { open } from 'node:fs/promises'
import { SoftPromptError } from '../../shared/error.ts'

/** A file's bytes, or null where there is none. Throws `invalid_file`, before reading, where it has more than `most` bytes or is no file. */
export async function readBounded(path: string, most: number): Promise<Uint8Array<ArrayBuffer> | null> {
  const file = await open(path, 'r').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT' || cause.code === 'ENOTDIR') return null
    throw new SoftPromptError('invalid_file', `Cannot read ${path}: ${cause.message}.`, { cause })
  })
  if (file === null) return null
  try {
    const found = await file.stat()
    if (!found.isFile()) throw new SoftPromptError('invalid_file', `Cannot read ${path}: it is not a file.`)
    if (found.size > most)
      throw new SoftPromptError('invalid_file', `Cannot read ${path}: it has ${found.size} bytes, and at most ${most} are read.`)
    const bytes = new Uint8Array(found.size)
    for (let at = 0; at < bytes.length; ) {
      const { bytesRead } = await file.read(bytes, at, bytes.length - at, at)
      if (bytesRead === 0) throw new SoftPromptError('invalid_file', `Cannot read ${path}: it became shorter while being read.`)
      at += bytesRead
    }
    return bytes
  } finally {
    await file.close()
  }
}
