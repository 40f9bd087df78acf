import { createHash } from 'node:crypto'
import type { R2UploadedPart } from '@cloudflare/workers-types'
import { SoftPromptError } from '../../../shared/error.ts'
import { type Bucket, hashObject, httpMetadata } from './bucket.ts'
import { withRetries } from './retry.ts'

/** A file to be stored, with what its package's card says of it. */
export interface SourceFile {
  readonly name: string
  readonly bytes: number
  readonly sha256: string
  /** The bytes from `begin` up to `end`, as an array of its own. */
  read(begin: number, end: number): Promise<Uint8Array>
}

/** Larger files go up in parts of this size, so that a file of gigabytes never has to fit into memory. R2 takes 10,000 parts. */
const partBytes = 2 ** 23

/** How often a file is read back before it counts as lost. */
const readings = 3

/**
 * Stores `file` under `key`, then reads it back and compares hashes. Throws `invalid_file` where the file is not what
 * its card says: then nothing is stored under `key` that was not there before. `progress` is told how many bytes are stored.
 */
export async function uploadFile(
  bucket: Bucket,
  key: string,
  file: SourceFile,
  progress: (bytes: number) => void = () => {},
): Promise<void> {
  await (file.bytes <= partBytes ? putWhole(bucket, key, file) : putParts(bucket, key, file, progress))
  await verify(bucket, key, file)
}

async function putWhole(bucket: Bucket, key: string, file: SourceFile): Promise<void> {
  const bytes = await file.read(0, file.bytes)
  checkHash(file, createHash('sha256').update(bytes).digest('hex'))
  await withRetries(`write ${key}`, () => bucket.put(key, bytes, { sha256: file.sha256, ...metadata(key, file) }))
}

async function putParts(bucket: Bucket, key: string, file: SourceFile, progress: (bytes: number) => void): Promise<void> {
  const upload = await withRetries(`write ${key}`, () => bucket.createMultipartUpload(key, metadata(key, file)))
  try {
    const hash = createHash('sha256')
    const parts: R2UploadedPart[] = []
    for (let begin = 0; begin < file.bytes; begin += partBytes) {
      const bytes = await file.read(begin, Math.min(begin + partBytes, file.bytes))
      hash.update(bytes)
      parts.push(await withRetries(`write ${key}`, () => upload.uploadPart(parts.length + 1, bytes)))
      progress(begin + bytes.length)
    }
    checkHash(file, hash.digest('hex'))
    await withRetries(`write ${key}`, () => upload.complete(parts))
  } catch (error) {
    await upload.abort().catch(() => undefined) // what failed first is what counts; R2 drops open uploads after a week
    throw error
  }
}

/** What is noted of an object: its hash too, so that the next publish need not read it to know it. */
function metadata(key: string, { sha256 }: SourceFile) {
  return { httpMetadata: httpMetadata(key), customMetadata: { sha256 } }
}

/** Reads `key` back. Throws `storage` where it is not `file`. */
async function verify(bucket: Bucket, key: string, file: SourceFile): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const found = await hashObject(bucket, key)
    if (found?.bytes === file.bytes && found.sha256 === file.sha256) return
    // in the local R2, another process that writes the same file at this moment takes it from under a reader
    if (attempt < readings) continue
    throw new SoftPromptError(
      'storage',
      `Cannot trust the bucket: ${key} was written and reads back ${found === null ? 'missing' : 'different'}. Publish again; the task is unchanged.`,
    )
  }
}

function checkHash(file: SourceFile, sha256: string): void {
  if (sha256 === file.sha256) return
  throw new SoftPromptError(
    'invalid_file',
    `Cannot upload ${file.name}: it is not the file that its card describes (SHA-256 ${file.sha256}, and this is ${sha256}). It may have been changed or cut short: make the package again.`,
  )
}
