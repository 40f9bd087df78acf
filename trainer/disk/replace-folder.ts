import { randomBytes } from 'node:crypto'
import { accessSync, closeSync, constants, existsSync, fsyncSync, mkdirSync, openSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { excerpt, SoftPromptError } from '../../shared/error.ts'
import { makeFolder } from './make-folder.ts'
import { orphans, ownerOf } from './owner.ts'

/** What a folder holds: the names of its files, of which `card` is the one that every such folder has. */
export interface FolderKind {
  /** For messages: `a prompt package`. */
  readonly what: string
  readonly files: readonly string[]
  readonly card: string
}

/**
 * Whether there is a folder of this kind (or an empty one) at `target` to be replaced. Throws `usage` where nothing can be
 * written there, or anything else would be lost: worth asking before the work on its content begins. What a killed run left beside `target`
 * is removed, but for the folder that it had moved away to put another in its place, and had not: that comes back.
 */
export function checkOutput(target: string, kind: FolderKind): boolean {
  const { what, files, card } = kind
  const refusal = (why: string, cause?: unknown) =>
    new SoftPromptError('usage', `Cannot write ${what} to ${JSON.stringify(target)}: ${why}. Name another folder with --out.`, { cause })
  if (target === '') throw refusal('that is not the name of a folder')
  const parent = dirname(resolve(target))
  try {
    makeFolder(parent)
    accessSync(parent, constants.W_OK)
  } catch (cause) {
    throw refusal((cause as Error).message, cause)
  }
  const left = leftovers(target, kind)
  const outgoing = left.find((folder) => folder.endsWith('.old'))
  let entries: string[] | null = null
  try {
    if (outgoing !== undefined && !existsSync(target)) renameSync(outgoing, target)
    entries = readdirSync(target)
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    if (code !== 'ENOENT') throw refusal(code === 'ENOTDIR' ? 'a file is there' : message, cause)
  }
  const other = entries?.find((name) => !files.includes(name)) ?? (entries?.includes(card) ? undefined : entries?.[0])
  if (other !== undefined) throw refusal(`the folder holds something else (${excerpt(other)}), which would be lost`)
  for (const folder of left) removeIfAllowed(folder)
  return entries !== null
}

/** The folders beside `target` that killed runs were writing or replacing, and that hold nothing but such a folder's files. */
function leftovers(target: string, { files }: FolderKind): string[] {
  const out = resolve(target)
  return orphans(dirname(out), `.${basename(out)}-`, /-[0-9a-f]{6}\.(?:new|old)/).filter((folder) => {
    try {
      return readdirSync(folder).every((name) => files.includes(name))
    } catch {
      return false // a file, or what others may not read
    }
  })
}

/**
 * Puts what `write` leaves in the folder that it is given in the place of `target`. That folder lies beside `target` and
 * moves there when it is whole and on disk, so that `target` never holds half of it; a process killed in between leaves the
 * old one there, or beside it as `.<name>-….old`, and the next one sees to that. Files are to be flushed by `write`. Throws `usage` as `checkOutput` does, and
 * `storage` where the disk refuses.
 */
export async function replaceFolder<Value>(target: string, kind: FolderKind, write: (folder: string) => Promise<Value>): Promise<Value> {
  const out = resolve(target)
  const replaces = checkOutput(target, kind)
  const beside = join(dirname(out), `.${basename(out)}-${ownerOf()}-${randomBytes(3).toString('hex')}`)
  const [incoming, outgoing] = [`${beside}.new`, `${beside}.old`]
  try {
    mkdirSync(incoming)
    const value = await write(incoming)
    flush(incoming)
    if (replaces) renameSync(out, outgoing)
    try {
      renameSync(incoming, out)
    } catch (error) {
      if (replaces) renameSync(outgoing, out)
      throw error
    }
    flush(dirname(out))
    rmSync(outgoing, { recursive: true, force: true })
    return value
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error
    throw new SoftPromptError(
      'storage',
      `Cannot write ${kind.what} to ${target}: ${error.message}. Make room, or name another folder with --out.`,
      { cause: error },
    )
  } finally {
    rmSync(incoming, { recursive: true, force: true })
  }
}

/** Removes a folder that is in nobody's way where another user's stays. */
function removeIfAllowed(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true })
  } catch (error) {
    if (!['EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
  }
}

function flush(folder: string): void {
  const file = openSync(folder, 'r')
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}
