import { z } from 'zod'
import { SoftPromptError } from '../error.ts'
import { EntryName, FormatVersion, parseCard } from './card.ts'
import { Sha256 } from './hashing.ts'
import { maxHistory } from './limits.ts'
import { taskKey } from './storage-keys.ts'

/** One published version of a task: a prompt package, the base that it was trained for, and packages of that base by weight format. */
export const TaskVersion = z.object({
  prompt: Sha256,
  base: Sha256,
  models: z.record(EntryName, Sha256).refine((models) => Object.keys(models).length > 0, 'must name a model package'),
})
export type TaskVersion = z.infer<typeof TaskVersion>

/** `tasks/<task>.json`, the only object in the bucket that changes. `history` has the newest first. */
export const TaskPointer = z.object({
  format: z.literal('softprompt-task', {
    // in version 1 a pointer did not say what it was; undefined leaves the message to zod
    error: ({ input }) => (input === undefined ? `it is missing, as in version 1, and version 2 is read here` : undefined),
  }),
  version: FormatVersion(2),
  live: TaskVersion,
  history: z.array(TaskVersion).max(maxHistory),
  /** ISO 8601 */
  updated: z.string().max(64),
})
export type TaskPointer = z.infer<typeof TaskPointer>

/** The pointer of `task` in an object's bytes. Throws `invalid_file`, with the way out, where it is none. */
export function parsePointer(bytes: Uint8Array, task: string): TaskPointer {
  try {
    return parseCard(TaskPointer, new TextDecoder().decode(bytes), taskKey(task), 'invalid_file')
  } catch (cause) {
    const { message } = cause as Error
    throw new SoftPromptError('invalid_file', `${message} Delete the task (softprompt delete ${task}) and publish it again.`, { cause })
  }
}

/** A pointer that names `live` and, the newest first, the versions before it. */
export function makePointer(live: TaskVersion, history: readonly TaskVersion[]): TaskPointer {
  return { format: 'softprompt-task', version: 2, live, history: history.slice(0, maxHistory), updated: new Date().toISOString() }
}

/** All versions that a pointer names, the live one first. */
export function versionsOf({ live, history }: TaskPointer): TaskVersion[] {
  return [live, ...history]
}

export function sameVersion(a: TaskVersion, b: TaskVersion): boolean {
  const models = (version: TaskVersion) => JSON.stringify(Object.entries(version.models).sort())
  return a.prompt === b.prompt && a.base === b.base && models(a) === models(b)
}
