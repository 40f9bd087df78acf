import { expect, test } from 'vitest'
import type { Store } from '../../../shared/engine/store.ts'
import { findPointer, listTasks } from '../../../shared/engine/stored-task.ts'
import { cardText } from '../../../shared/formats/card.ts'
import { taskKey } from '../../../shared/formats/storage-keys.ts'
import { TaskName } from '../../../shared/formats/task-name.ts'
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

test('tasks are listed by name, a page at a time', async () => {
  const all = ['alpha', 'beta', 'damaged', 'delta', 'gamma']
  expect(await listTasks(store)).toEqual({ names: all, more: false })
  expect(await listTasks(store, { count: 2 })).toEqual({ names: all.slice(0, 2), more: true })
  expect(await listTasks(store, { count: 3, after: 'beta' })).toEqual({ names: all.slice(2), more: false })
  expect(await listTasks(store, { after: 'gamma' })).toEqual({ names: [], more: false })
})

test('every name follows those before it, whatever it is made of, and from every name on', async () => {
  // every name of up to four of these, which stand on both sides of the "." that ends a name in its key
  const characters = ['-', '0', '_', 'a']
  const texts = (length: number): string[] =>
    length === 0 ? [''] : texts(length - 1).flatMap((text) => characters.map((character) => text + character))
  const all = [1, 2, 3, 4]
    .flatMap(texts)
    .filter((text) => TaskName.safeParse(text).success)
    .sort()
  expect(all).toContain('a--0')
  const many = memoryStore(Object.fromEntries(all.map((task) => [taskKey(task), '{}'])))
  expect((await listTasks(many)).names).toEqual(all)
  for (const after of [...all, '', '-', 'a-', 'a.', 'a_', 'A', '~', 'é', 'a\u0000']) {
    const later = all.filter((name) => name > after)
    expect(await listTasks(many, { after, count: 3 })).toEqual({ names: later.slice(0, 3), more: later.length > 3 })
  }
})
