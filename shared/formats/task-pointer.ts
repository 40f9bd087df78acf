import { z } from 'zod'
import { SoftPromptError } from '../error.ts'
import { EntryName, FormatVersion, parseCard } from './card.ts'
import { Sha256 } from './hashing.ts'
import { maxHistory, maxWeightFormats } from './limits.ts'
import { taskKey } from './storage-keys.ts'

/** One published version of a task: a prompt package, the base that it was trained for, and packages of that base by weight format. */
export const TaskVersion = z.object({
  prompt: Sha256,
  base: Sha256,
  models: z
    .record(EntryName, Sha256)
    .refine((models) => Object.keys(models).length > 0, 'must name a model package')
    .refine((models) => Object.keys(models).length <= maxWeightFormats, `must name at most ${maxWeightFormats} model packages`),
})
export type TaskVersion = z.infer<typeof TaskVersion>

const when = z.iso.datetime('must be an ISO 8601 time in UTC').max(32)

/** A command that changed what a task answers with: it made a version live, or took the task offline. */
export const TaskEvent = z.discriminatedUnion('by', [
  z.object({ when, by: z.enum(['publish', 'promote', 'rollback']), version: TaskVersion }),
  z.object({ when, by: z.literal('delete') }),
])
export type TaskEvent = z.infer<typeof TaskEvent>

/**
 * `tasks/<task>.json`, the only object in the bucket that changes: what happened to a task, the newest event first. The first says what is
 * live now; a task whose first is `delete` is not published. Older events than the newest `maxHistory` are forgotten.
 */
export const TaskLog = z.object({
  format: z.literal('softprompt-task', {
    // in version 1 an object did not say what it was; undefined leaves the message to zod
    error: ({ input }) => (input === undefined ? 'it is missing, as in version 1, and version 3 is read here' : undefined),
  }),
  version: FormatVersion(3),
  events: z.array(TaskEvent).min(1).max(maxHistory),
})
export type TaskLog = z.infer<typeof TaskLog>

/** What a published task points to. */
export interface TaskPointer {
  readonly live: TaskVersion
  /** The other versions that it had, the one that went live last first. */
  readonly history: readonly TaskVersion[]
  /** When the live version went live, in ISO 8601. */
  readonly updated: string
}

/** The log of `task` in an object's bytes. Throws `invalid_file`, with the way out, where it is none. */
export function parseLog(bytes: Uint8Array, task: string): TaskLog {
  try {
    return parseCard(TaskLog, new TextDecoder().decode(bytes), taskKey(task), 'invalid_file')
  } catch (cause) {
    const { message } = cause as Error
    throw new SoftPromptError('invalid_file', `${message} Delete the task (softprompt delete ${task}) and publish it again.`, { cause })
  }
}

/** `current` (null where there is none yet) with one more event, which happened now. */
export function withEvent(current: TaskLog | null, event: Happening): TaskLog {
  const events = [{ when: new Date().toISOString(), ...event }, ...(current?.events ?? [])]
  return { format: 'softprompt-task', version: 3, events: events.slice(0, maxHistory) }
}

type Happening = { by: 'publish' | 'promote' | 'rollback'; version: TaskVersion } | { by: 'delete' }

/** Where a task points after its log, or null where it was deleted. */
export function pointerOf({ events }: TaskLog): TaskPointer | null {
  const [newest] = events
  if (newest === undefined || newest.by === 'delete') return null
  const [live = newest.version, ...history] = loggedVersions(events)
  return { live, history, updated: newest.when }
}

/** Every version in a log's events, the one that went live last first, each prompt once: with the packages that it had last. */
export function loggedVersions(events: readonly TaskEvent[]): TaskVersion[] {
  const versions: TaskVersion[] = []
  for (const event of events)
    if (event.by !== 'delete' && !versions.some((known) => samePrompt(known, event.version))) versions.push(event.version)
  return versions
}

/** All versions that a pointer names, the live one first. */
export function versionsOf({ live, history }: TaskPointer): TaskVersion[] {
  return [live, ...history]
}

export function samePrompt(a: TaskVersion, b: TaskVersion): boolean {
  return a.prompt === b.prompt && a.base === b.base
}

export function sameVersion(a: TaskVersion, b: TaskVersion): boolean {
  const models = (version: TaskVersion) => JSON.stringify(Object.entries(version.models).sort())
  return samePrompt(a, b) && models(a) === models(b)
}
