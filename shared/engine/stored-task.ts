import { maxBytes } from '../formats/limits.ts'
import { taskKey, taskOfKey, taskPrefix } from '../formats/storage-keys.ts'
import { parseLog, pointerOf, type TaskPointer } from '../formats/task-pointer.ts'
import type { Store } from './store.ts'

/** Where `task` points as the store has it now, or null where it is not published, or was deleted. Throws `invalid_file` where the object is no task's log. */
export async function findPointer(store: Store, task: string): Promise<TaskPointer | null> {
  const bytes = await store.read(taskKey(task), maxBytes.pointer)
  return bytes && pointerOf(parseLog(bytes, task))
}

/** The names of the tasks, published or deleted, that come after `after` in the order of names, at most `count` of them, and whether there are more. */
export async function listTasks(
  store: Store,
  { after = '', count = Number.POSITIVE_INFINITY }: { readonly after?: string | undefined; readonly count?: number } = {},
): Promise<{ names: string[]; more: boolean }> {
  const names: string[] = []
  for await (const name of namesInOrder(store, after)) {
    if (names.length === count) return { names, more: true }
    names.push(name)
  }
  return { names, more: false }
}

/**
 * A store lists by key, where a name stands behind those that go on after it with a hyphen: `tasks/a-b.json`, then `tasks/a.json`. Names that
 * are alike up to their first hyphen stand together in both orders, so each such group is sorted by itself.
 */
async function* namesInOrder(store: Store, after: string): AsyncGenerator<string> {
  let group: string[] = []
  const stem = (name: string | undefined) => name?.split('-', 1)[0]
  for await (const { key } of store.list(taskPrefix, { after: taskPrefix + after })) {
    const name = taskOfKey(key)
    if (name === null || name <= after) continue
    if (stem(name) !== stem(group[0])) {
      yield* group.sort()
      group = []
    }
    group.push(name)
  }
  yield* group.sort()
}
