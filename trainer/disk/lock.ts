import { readdirSync, rmSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { SoftPromptError } from '../../shared/error.ts'
import { makeFolder } from './make-folder.ts'
import { orphans, ownerOf } from './owner.ts'

/** The folders that this process has. */
const taken = new Set<string>()

/**
 * Takes a folder, by a file in it that bears the process's name; returns what gives it back, or null where a process that runs has it, or this
 * one already. What a process that ended has left is no lock. Throws `usage` where the folder can't be had.
 */
export function lockFolder(folder: string, start = '.softprompt-lock-'): (() => void) | null {
  try {
    return locked(folder, start)
  } catch (cause) {
    throw new SoftPromptError('usage', `Cannot use the folder ${JSON.stringify(folder)}: ${(cause as Error).message}.`, { cause })
  }
}

function locked(folder: string, start: string): (() => void) | null {
  makeFolder(folder)
  for (const left of orphans(folder, start, /(?:)/)) rmSync(left, { force: true })
  const name = `${start}${ownerOf()}`
  const lock = resolve(folder, name)
  if (taken.has(lock)) return null
  const others = () => readdirSync(folder).filter((file) => file.startsWith(start) && file !== name)
  if (others().length > 0) return null
  writeFileSync(lock, '')
  taken.add(lock)
  const release = () => {
    rmSync(lock, { force: true })
    taken.delete(lock)
  }
  if (others().length === 0) return release
  release() // both came at the same time: neither takes it
  return null
}
