import { mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

/**
 * Makes a folder with those above it, where they are not there. Node's own `recursive` tries for ever where a parent is there and no folder
 * can be made in it, of which the system says that it is not there, as in /proc.
 */
export function makeFolder(folder: string): void {
  try {
    mkdirSync(folder)
  } catch (error) {
    if (statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return
    const parent = dirname(folder)
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || statSync(parent, { throwIfNoEntry: false })) throw error
    makeFolder(parent)
    makeFolder(folder)
  }
}
