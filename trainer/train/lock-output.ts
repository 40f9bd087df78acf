import { basename, dirname, join, resolve } from 'node:path'
import { SoftPromptError } from '../../shared/error.ts'
import { lockFolder } from '../disk/lock.ts'

/**
 * Takes the folder `out` of a package, and what a run keeps beside it, for this process, until what it returns is called. Throws `usage`, and
 * says that `what` can't be done and what else might be, where a run that has not ended has it; one that was killed has it no more.
 */
export function lockOutput(out: string, what: string, instead = ''): () => void {
  const [folder, start] = [dirname(resolve(out)), `.${basename(resolve(out))}.softprompt-lock-`]
  const release = lockFolder(folder, start)
  if (release !== null) return release
  throw new SoftPromptError(
    'usage',
    `Cannot ${what}: another training writes to ${out}. Wait until it has ended${instead}; if none is at work, on this machine or in another container, remove ${join(folder, `${start}*`)}.`,
  )
}

/** `lockOutput` for several folders: all of them, or none. */
export function lockOutputs(outs: readonly string[], what: string): () => void {
  const taken: (() => void)[] = []
  const release = () => {
    for (const each of taken.splice(0)) each()
  }
  try {
    for (const out of outs) taken.push(lockOutput(out, what))
    return release
  } catch (error) {
    release()
    throw error
  }
}
