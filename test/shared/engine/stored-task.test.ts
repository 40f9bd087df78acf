import { expect, test } from 'vitest'
import type { Store } from '../../../shared/engine/store.ts'
import { findPointer, listTasks } from '../../../shared/engine/stored-task.ts'
import { cardText } from '../../../shared/formats/card.ts'
import { taskKey } from '../../../shared/formats/storage-keys.ts'
import { pointerOf, withEvent } from '../../../shared/formats/task-pointer.ts'
import { memoryStore } from '../../fixtures/memory-store.ts'

const version = { prompt: '0'.repeat(64), base: '1'.repeat(64), models: { int8: '2'.repeat(64) } }
const log = withEvent(null, { by: 'publish', version })
const store: Store = memoryStore({
  ...Object.fromEntries(['alpha', 'beta', 'gamma', 'delta'].map((task) => [taskKey(task), cardText(log)])),
  'tasks/Not A Task.json': '{}',
  'tasks/damaged.json': '{',
  'prompts/x/prompt.json': '{}',
})

test('where a task points, null where it was never published or was deleted, an error where the object is none', async () => {
  expect(await findPointer(store, 'beta')).toEqual(pointerOf(log))
  const deleted = cardText(withEvent(log, { by: 'delete' }))
  expect(await findPointer(memoryStore({ [taskKey('gone')]: deleted }), 'gone')).toBeNull()
  expect(await findPointer(store, 'omega')).toBeNull()
  await expect(findPointer(store, 'damaged')).rejects.toMatchObject({
    code: 'invalid_file',
    message: expect.stringContaining('tasks/damaged.json'),
  })
})

test('tasks are listed in the order of their keys, a page at a time', async () => {
  const all = ['alpha', 'beta', 'damaged', 'delta', 'gamma']
  expect(await listTasks(store)).toEqual({ names: all, more: false })
  expect(await listTasks(store, { count: 2 })).toEqual({ names: all.slice(0, 2), more: true })
  expect(await listTasks(store, { count: 3, after: 'beta' })).toEqual({ names: all.slice(2), more: false })
  expect(await listTasks(store, { after: 'gamma' })).toEqual({ names: [], more: false })
})
