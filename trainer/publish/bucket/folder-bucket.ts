import { createHash, randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, link, mkdir, open, readdir, realpath, rename, rm, rmdir, stat, unlink } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { R2Conditional, R2ListOptions, R2PutOptions, R2Range, R2UploadedPart } from '@cloudflare/workers-types'
import { SoftPromptError } from '../../../shared/error.ts'
import { makeFolder } from '../../disk/make-folder.ts'
import { orphans, ownerOf } from '../../disk/owner.ts'
import type { Bucket } from './bucket.ts'
import { LastingError } from './retry.ts'

type Bytes = Uint8Array | string

/** How long a writer waits for another one that is about to replace the same object, and after which that one is taken for dead, in ms. */
const lockWait = 10_000

/** Bytes of a file that are read at once. */
const chunkBytes = 2 ** 18

/** How the system says that there is no such file or folder. */
const missing: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'ELOOP'])

/** Names that no object has: of files that are being written, and of locks. */
const hidden = '.softprompt-'

/**
 * A folder as a bucket: an object is a file, its key the path. A file is written beside its place and moved there whole, so a reader meets
 * the old one or the new one; one that is replaced on a condition is locked by its writer meanwhile. Links are not followed, and no key leads
 * out of the folder. Throws `usage` where there is no such folder.
 */
export async function folderBucket(directory: string, signal: AbortSignal): Promise<Bucket> {
  const root = await realpath(resolve(directory)).catch((cause) => {
    const why = missing.has(cause.code) ? 'there is no such folder' : cause.message
    throw new SoftPromptError('usage', `Cannot open store ${directory}: ${why}. Make the folder first, or name another.`, { cause })
  })
  if (!(await stat(root)).isDirectory()) throw new SoftPromptError('usage', `Cannot open store ${directory}: it is not a folder.`)

  /** Throws where the folder itself is not there any more, as that of a volume which is not mounted: nothing in it was deleted. */
  async function requireRoot(): Promise<void> {
    if ((await stat(root).catch((error) => missingOrThrow(error))) !== null) return
    throw new SoftPromptError('storage', `Cannot read store ${directory}: the folder is not there any more. Bring it back, or mount it.`)
  }

  /** Where `key` is; null where a link stands in its way. */
  async function placeOf(key: string): Promise<string | null> {
    const path = join(root, requireKey(key))
    const parent = await realpath(dirname(path)).catch((error) => missingOrThrow(error))
    return parent === null || parent === dirname(path) ? path : null
  }

  async function opened(key: string): Promise<FileHandle | null> {
    signal.throwIfAborted()
    const path = await placeOf(key)
    if (path === null) await requireRoot()
    if (path === null) return null
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch((error) => missingOrThrow(error))
    if (file === null) await requireRoot()
    if (file === null || (await file.stat()).isFile()) return file
    await file.close()
    return null
  }

  async function head(key: string) {
    const file = await opened(key)
    if (file === null) return null
    try {
      return await told(key, file)
    } finally {
      await file.close()
    }
  }

  /** Writes a file beside the place of `key`, then has it put there by `place`. */
  async function written<Value>(key: string, bytes: Bytes, place: (temporary: string, path: string) => Promise<Value>): Promise<Value> {
    const path = await newPlace(key)
    const temporary = temporaryBeside(path)
    try {
      const file = await open(temporary, 'wx')
      try {
        await file.writeFile(bytes)
        await file.sync()
      } finally {
        await file.close()
      }
      return await place(temporary, path)
    } catch (error) {
      throw lasting(error)
    } finally {
      await rm(temporary, { force: true })
    }
  }

  /** Where `key` is to be written, with the folders above it. */
  async function newPlace(key: string): Promise<string> {
    signal.throwIfAborted()
    const path = join(root, requireKey(key))
    await requireRoot() // or it would be made anew
    try {
      makeFolder(dirname(path))
    } catch (error) {
      throw lasting(error)
    }
    if ((await placeOf(key)) === null) throw new LastingError(`${dirname(path)} is, or is in, a link`)
    for (const left of orphans(dirname(path), hidden, /-[\w-]+/)) await rm(left, { force: true })
    return path
  }

  const bucket = {
    head,
    async get(key: string, { range }: { range?: { offset: number; length: number } & R2Range } = {}) {
      const file = await opened(key)
      if (file === null) return null
      const object = await told(key, file)
      const body = contents(
        file,
        range?.offset ?? 0,
        range === undefined ? object.size : Math.min(object.size, range.offset + range.length),
      )
      return { ...object, body, arrayBuffer: () => new Response(body).arrayBuffer(), text: () => new Response(body).text() }
    },
    async put(key: string, bytes: Bytes, { onlyIf, sha256 }: R2PutOptions & { onlyIf?: R2Conditional; sha256?: string } = {}) {
      if (sha256 !== undefined && createHash('sha256').update(bytes).digest('hex') !== sha256)
        throw new LastingError(`what is to be stored as ${key} does not have its SHA-256`)
      const done = await written(key, bytes, async (temporary, path) => {
        if (onlyIf === undefined) await rename(temporary, path)
        else if (onlyIf.etagMatches === undefined) return linked(temporary, path)
        else
          return locked(path, signal, async () => {
            if ((await head(key))?.etag !== onlyIf.etagMatches) return false
            await rename(temporary, path)
            return true
          })
        return true
      })
      return done ? head(key) : null
    },
    async list({ prefix = '', startAfter = '', delimiter }: R2ListOptions = {}) {
      await requireRoot()
      const start = prefix.slice(0, prefix.lastIndexOf('/') + 1)
      const folders = new Set<string>()
      const objects: NonNullable<Awaited<ReturnType<typeof head>>>[] = []
      for (const key of (await keysUnder(root, start, signal)).sort()) {
        if (!key.startsWith(prefix) || key <= startAfter) continue
        const end = delimiter === undefined ? -1 : key.indexOf(delimiter, prefix.length)
        if (end >= 0) folders.add(key.slice(0, end + 1))
        else {
          const object = await head(key)
          if (object !== null) objects.push(object) // else it was removed since
        }
      }
      return { objects, delimitedPrefixes: [...folders], truncated: false }
    },
    async delete(keys: string | string[]) {
      for (const key of [keys].flat()) {
        const path = await placeOf(key)
        if (path === null) continue
        await unlink(path).catch((error) => missingOrThrow(error))
        for (let folder = dirname(path); folder !== root; folder = dirname(folder)) if (!(await removed(folder))) break
      }
    },
    async createMultipartUpload(key: string) {
      const path = await newPlace(key)
      const temporary = temporaryBeside(path)
      const file = await open(temporary, 'wx').catch((error) => {
        throw lasting(error)
      })
      const ends = [0] // of the parts
      return {
        async uploadPart(number: number, bytes: Uint8Array): Promise<R2UploadedPart> {
          signal.throwIfAborted()
          const start = ends[number - 1]
          if (start === undefined) throw new Error(`part ${number} comes before the part before it`)
          await file.write(bytes, 0, bytes.length, start).catch((error) => {
            throw lasting(error)
          })
          ends[number] = start + bytes.length
          return { partNumber: number, etag: String(number) }
        },
        async complete() {
          await file.sync()
          await file.close()
          await rename(temporary, path)
          return head(key)
        },
        async abort() {
          await file.close().catch(() => undefined)
          await rm(temporary, { force: true })
        },
      }
    },
  }
  return bucket as unknown as Bucket
}

/** A new name in the folder of `path`, of no object, that says which process writes there. */
function temporaryBeside(path: string): string {
  return join(dirname(path), `${hidden}${ownerOf()}-${randomUUID()}`)
}

/** What a file is as an object. A file is never written to in its place, so what tells it from others tells its contents too. */
async function told(key: string, file: FileHandle) {
  const { size, ino, mtimeNs, mtime } = await file.stat({ bigint: true })
  const etag = `${ino.toString(36)}-${size.toString(36)}-${mtimeNs.toString(36)}`
  return { key, size: Number(size), etag, uploaded: mtime, checksums: { toJSON: () => ({}) as { sha256?: string } } }
}

/** The bytes of `file` from `begin` up to `end`. It is closed behind them. */
function contents(file: FileHandle, begin: number, end: number): ReadableStream<Uint8Array> {
  let position = begin
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { bytesRead, buffer } = await file.read(new Uint8Array(Math.max(0, Math.min(chunkBytes, end - position))), { position })
      position += bytesRead
      if (bytesRead > 0) return controller.enqueue(buffer.subarray(0, bytesRead))
      await file.close()
      controller.close()
    },
    cancel: () => file.close(),
  })
}

/** Throws where `key` could be no path in a folder, or one out of it. */
function requireKey(key: string): string {
  const parts = key.split('/')
  if (key.length <= 1024 && parts.every((part) => /^(?!\.)[^\\\p{Cc}]{1,255}$/u.test(part))) return key
  throw new SoftPromptError('invalid_request', `Cannot use ${JSON.stringify(key.slice(0, 80))} as a key: it is no plain path.`)
}

/** The keys of all files in the folder `start` of `root` and in those in it. */
async function keysUnder(root: string, start: string, signal: AbortSignal): Promise<string[]> {
  signal.throwIfAborted()
  const entries = await readdir(join(root, start), { withFileTypes: true }).catch((error) => missingOrThrow(error))
  const found: string[] = []
  for (const entry of entries ?? []) {
    if (entry.name.startsWith('.')) continue
    if (entry.isFile()) found.push(start + entry.name)
    else if (entry.isDirectory()) found.push(...(await keysUnder(root, `${start}${entry.name}/`, signal)))
  }
  return found
}

/** Makes `path` another name of the file `temporary`, unless there is something. */
async function linked(temporary: string, path: string): Promise<boolean> {
  try {
    await link(temporary, path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

/** `work`'s value, while nobody else does such work for `path`. A lock is as old as its writer is slow: an old one is left from a dead process, and so is
 * one that is to be made in the future. Throws where others hold it for too long. */
async function locked<Value>(path: string, signal: AbortSignal, work: () => Promise<Value>): Promise<Value> {
  const lock = join(dirname(path), `${hidden}lock-${createHash('sha256').update(path).digest('hex').slice(0, 16)}`)
  const begun = performance.now()
  for (;;) {
    signal.throwIfAborted()
    const taken = await mkdir(lock).then(() => true, (error: NodeJS.ErrnoException) => error.code !== 'EEXIST' && Promise.reject(error)) // biome-ignore format: one thought
    if (taken) break
    const since = (await stat(lock).catch((error) => missingOrThrow(error)))?.mtimeMs ?? Date.now()
    const age = Date.now() - since
    if (age > lockWait || age < -lockWait) await rmdir(lock).catch((error) => missingOrThrow(error))
    else if (performance.now() - begun > 3 * lockWait) throw new LastingError(`others have held ${lock} for ${(3 * lockWait) / 1000} s`)
    await pause(5 + 20 * Math.random())
  }
  try {
    return await work()
  } finally {
    await rmdir(lock).catch((error) => missingOrThrow(error))
  }
}

/** Whether the folder was empty, and is gone. */
async function removed(folder: string): Promise<boolean> {
  return rmdir(folder).then(
    () => true,
    () => false,
  )
}

function missingOrThrow(error: unknown): null {
  if (missing.has((error as NodeJS.ErrnoException).code ?? '')) return null
  throw lasting(error)
}

/** A failure of the disk, which another try would only repeat. */
function lasting(error: unknown): unknown {
  return error instanceof Error && 'syscall' in error ? new LastingError(error.message, { cause: error }) : error
}
