import { maxBytes } from '../formats/limits.ts'
import { taskKey, taskOfKey, taskPrefix } from '../formats/storage-keys.ts'
import { parseLog, pointerOf, type TaskPointer } from '../formats/task-pointer.ts'
import type { Store } from './store.ts'

/** Where `task` points as the store has it now, or null where it is not published, or was deleted. Throws `invalid_file` where the object is no task's log. */
export async function findPointer(store: Store, task: string): Promise<TaskPointer | null> {
  const bytes = await store.read(taskKey(task), maxBytes.pointer)
  return bytes && pointerOf(parseLog(bytes, task))
}

/** The names of the tasks, published or deleted, that come after `after` in the order of their keys, at most `count` of them, and whether there are more. */
export async function listTasks(
  store: Store,
  { after, count = Number.POSITIVE_INFINITY }: { readonly after?: string | undefined; readonly count?: number } = {},
): Promise<{ names: string[]; more: boolean }> {
  const names: string[] = []
  const start = after === undefined ? {} : { after: taskKey(after) }
  for await (const { key } of store.list(taskPrefix, { ...start, count: count + 1 })) {
    const name = taskOfKey(key)
    if (name === null) continue
    if (names.length === count) return { names, more: true }
    names.push(name)
  }
  return { names, more: false }
}
