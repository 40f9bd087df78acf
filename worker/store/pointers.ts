import type { Store } from '../../shared/engine/store.ts'
import { findPointer } from '../../shared/engine/stored-task.ts'
import { SoftPromptError } from '../../shared/error.ts'
import { TaskName } from '../../shared/formats/task-name.ts'
import { type TaskPointer, type TaskVersion, versionsOf } from '../../shared/formats/task-pointer.ts'

const maxCached = 16384

/** Pointers by task, of this isolate and its one bucket. Only found ones: a task published a moment ago is served at once. */
const cache = new Map<string, { readonly pointer: TaskPointer; readonly readAt: number }>()

/** The pointer of `task`, at most `ttl` ms old. Throws `unknown_task` where there is none. */
async function recentPointer(store: Store, task: string, ttl: number): Promise<TaskPointer> {
  const cached = cache.get(task)
  if (cached !== undefined && Date.now() - cached.readAt < ttl) return cached.pointer
  cache.delete(task)
  const pointer = await requireTask(store, task)
  if (cache.size >= maxCached) cache.delete(cache.keys().next().value as string)
  cache.set(task, { pointer, readAt: Date.now() })
  return pointer
}

/** The pointer of `task` as the bucket has it now. Throws `unknown_task` where there is none. */
export async function requireTask(store: Store, task: string): Promise<TaskPointer> {
  const pointer = TaskName.safeParse(task).success ? await findPointer(store, task) : null
  if (pointer === null) {
    throw new SoftPromptError(
      'unknown_task',
      `Cannot find task ${JSON.stringify(task.slice(0, 80))}: no prompt is published under this name. GET /v1/tasks lists those that are.`,
      { param: 'task' },
    )
  }
  return pointer
}

/** What was read of `task` is no longer true. */
export function forgetPointer(task: string): void {
  cache.delete(task)
}

/** `spam` is the live version of task spam; `spam@41c0` the one whose prompt's SHA-256 begins so. */
export async function resolveVersion(store: Store, name: string, ttl: number): Promise<{ task: string } & TaskVersion> {
  const [task = '', ...rest] = name.split('@')
  const pointer = await recentPointer(store, task, ttl)
  if (rest.length === 0) return { task, ...pointer.live }
  const wanted = rest.join('@')
  const versions = versionsOf(pointer).filter(({ prompt }) => wanted !== '' && prompt.startsWith(wanted))
  const [version] = versions
  if (version === undefined) {
    throw new SoftPromptError(
      'not_found',
      `Cannot find version ${JSON.stringify(wanted.slice(0, 80))} of task ${task}. GET /v1/tasks/${task} lists its versions.`,
      { param: 'task' },
    )
  }
  if (versions.some(({ prompt }) => prompt !== version.prompt)) {
    throw new SoftPromptError(
      'invalid_request',
      `Cannot tell which version of task ${task} is meant: more than one begins with ${wanted}. Give more digits.`,
      { param: 'task' },
    )
  }
  return { task, ...version }
}
