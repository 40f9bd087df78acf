import { randomBytes } from 'node:crypto'
import { accessSync, closeSync, constants, fsyncSync, mkdirSync, openSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { excerpt, SoftPromptError } from '../../shared/error.ts'

/** What a folder holds: the names of its files, of which `card` is the one that every such folder has. */
export interface FolderKind {
  /** For messages: `a prompt package`. */
  readonly what: string
  readonly files: readonly string[]
  readonly card: string
}

/**
 * Whether there is a folder of this kind (or an empty one) at `target` to be replaced. Throws `usage` where nothing can be
 * written there, or anything else would be lost: worth asking before the work on its content begins.
 */
export function checkOutput(target: string, { what, files, card }: FolderKind): boolean {
  const refusal = (why: string, cause?: unknown) =>
    new SoftPromptError('usage', `Cannot write ${what} to ${JSON.stringify(target)}: ${why}. Name another folder with --out.`, { cause })
  if (target === '') throw refusal('it is no name of a folder')
  const parent = dirname(resolve(target))
  try {
    mkdirSync(parent, { recursive: true })
    accessSync(parent, constants.W_OK)
  } catch (cause) {
    throw refusal((cause as Error).message, cause)
  }
  let entries: string[]
  try {
    entries = readdirSync(target)
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    if (code === 'ENOENT') return false
    throw refusal(code === 'ENOTDIR' ? 'a file is there' : message, cause)
  }
  const other = entries.find((name) => !files.includes(name)) ?? (entries.includes(card) ? undefined : entries[0])
  if (other === undefined) return true
  throw refusal(`the folder holds something else (${excerpt(other)}), which would be lost`)
}

/**
 * Puts what `write` leaves in the folder that it is given in the place of `target`. That folder lies beside `target` and
 * moves there when it is whole and on disk, so that `target` never holds half of it; a process killed in between leaves the
 * old one there, or beside it as `.<name>-….old`. Files are to be flushed by `write`. Throws `usage` as `checkOutput` does, and
 * `storage` where the disk refuses.
 */
export async function replaceFolder<Value>(target: string, kind: FolderKind, write: (folder: string) => Promise<Value>): Promise<Value> {
  const out = resolve(target)
  const replaces = checkOutput(target, kind)
  const beside = join(dirname(out), `.${basename(out)}-${randomBytes(6).toString('hex')}`)
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

function flush(folder: string): void {
  const file = openSync(folder, 'r')
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}
