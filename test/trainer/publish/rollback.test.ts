import { join } from 'node:path'
import { beforeAll, beforeEach, expect, test } from 'vitest'
import type { TaskVersion } from '../../../shared/formats/task-pointer.ts'
import { deleteTask } from '../../../trainer/publish/delete.ts'
import { earlierVersions } from '../../../trainer/publish/earlier-versions.ts'
import { movePointer, requireLog, withLive } from '../../../trainer/publish/move-pointer.ts'
import { promote } from '../../../trainer/publish/promote.ts'
import { rollback } from '../../../trainer/publish/rollback.ts'
import { alteredBucket } from '../../fixtures/altered-bucket.ts'
import { snapshot, useLocalBucket } from '../../fixtures/local-bucket.ts'
import { publishFolder } from '../../fixtures/publish-folder.ts'
import { writeSmallModel } from '../../fixtures/small-model.ts'
import { writeRandomPrompt } from '../../fixtures/written-prompt.ts'

const local = useLocalBucket()
const at = (name: string) => join(local.folder, name)
let [one = '', two = '', three = ''] = ['', '', '']
let restore: () => Promise<void>

beforeAll(async () => {
  const model = await writeSmallModel(at('model'))
  one = await writeRandomPrompt(at('1'), model, { task: 'spam', seed: 1 })
  two = await writeRandomPrompt(at('2'), model, { task: 'spam', seed: 2 })
  three = await writeRandomPrompt(at('3'), model, { task: 'spam', seed: 3 })
  for (const name of ['1', '2', '3']) await publishFolder(local.bucket, at(name), at('model'))
  restore = await snapshot(local.bucket)
})

beforeEach(() => restore())

/** The hashes of the live prompt and of those that a rollback after the other makes live. */
async function history(): Promise<string[]> {
  const { events } = await requireLog(local.bucket, 'spam')
  const [newest] = events
  const live = newest?.by === 'delete' ? [] : [newest!.version]
  return [...live, ...earlierVersions(events)].map(({ prompt }) => prompt)
}

test('rollback goes back a version each time, and promote still finds the one that was left', async () => {
  await rollback(local.bucket, 'spam')
  expect(await history()).toEqual([two, one])
  await rollback(local.bucket, 'spam')
  expect(await history()).toEqual([one])
  await expect(rollback(local.bucket, 'spam')).rejects.toMatchObject({
    code: 'not_found',
    message: expect.stringContaining('no other version'),
  })
  await promote(local.bucket, 'spam', three.slice(0, 12))
  expect(await history()).toEqual([three, one])
  const { events } = await requireLog(local.bucket, 'spam')
  expect(events.map(({ by }) => by)).toEqual(['promote', 'rollback', 'rollback', 'publish', 'publish', 'publish'])
})

test('rollback says what is live, and in whose place', async () => {
  expect(await rollback(local.bucket, 'spam')).toMatchObject({ live: { prompt: two }, replaced: { prompt: three }, changed: true })
})

test('rollback undoes a promote as it does a publish', async () => {
  await promote(local.bucket, 'spam', one)
  expect(await history()).toEqual([one, three, two, one])
  for (const prompt of [three, two, one]) expect((await rollback(local.bucket, 'spam')).live.prompt).toBe(prompt)
})

test('rollback does not bring a deleted task back, and steps over the deletion of one that is', async () => {
  await deleteTask(local.bucket, 'spam')
  await expect(rollback(local.bucket, 'spam')).rejects.toMatchObject({
    code: 'unknown_task',
    message: expect.stringContaining(`promote spam ${three.slice(0, 12)}`),
  })
  await promote(local.bucket, 'spam', one)
  expect((await rollback(local.bucket, 'spam')).live.prompt).toBe(three)
})

test('rollback does not undo what somebody deletes meanwhile', async () => {
  const bucket = alteredBucket(local.bucket, async (operation, key, run) => {
    if (operation === 'put' && key === 'tasks/spam.json') await deleteTask(local.bucket, 'spam')
    return run()
  })
  await expect(rollback(bucket, 'spam')).rejects.toMatchObject({ code: 'conflict' })
  expect((await requireLog(local.bucket, 'spam')).events[0]!.by).toBe('delete')
})

test('rollback does not undo what somebody else has published meanwhile', async () => {
  const other: TaskVersion = { prompt: 'e'.repeat(64), base: 'b'.repeat(64), models: { int8: 'f'.repeat(64) } }
  const bucket = alteredBucket(local.bucket, async (operation, key, run) => {
    if (operation === 'put' && key === 'tasks/spam.json')
      await movePointer(local.bucket, 'spam', (current) => withLive(current, other, 'publish'))
    return run()
  })
  await expect(rollback(bucket, 'spam')).rejects.toMatchObject({ code: 'conflict' })
  expect((await history())[0]).toBe(other.prompt)
})

test('a version that is no longer whole does not go live again', async () => {
  await local.bucket.delete(`prompts/${two}/adapter_model.safetensors`)
  await expect(rollback(local.bucket, 'spam')).rejects.toMatchObject({
    code: 'not_found',
    message: expect.stringContaining('adapter_model'),
  })
  expect(await history()).toEqual([three, two, one])
})

test('a task that was never published, or whose log is gone when the pointer is to be written, is not known', async () => {
  await expect(rollback(local.bucket, 'nothing')).rejects.toMatchObject({ code: 'unknown_task', param: 'task' })
  const bucket = alteredBucket(local.bucket, async (operation, key, run) => {
    if (operation === 'put' && key === 'tasks/spam.json') await local.bucket.delete(key)
    return run()
  })
  await expect(rollback(bucket, 'spam')).rejects.toMatchObject({ code: 'unknown_task' })
  expect(await local.bucket.head('tasks/spam.json')).toBeNull()
})

test('a version comes back with every weight format that it had, and one more of the live version is no version to go back to', async () => {
  const int8 = await writeSmallModel(at('two-int8'), { name: 'two' })
  await writeSmallModel(at('two-float32'), { name: 'two', weights: 'float32' })
  const prompt = await writeRandomPrompt(at('on-two'), int8, { task: 'spam', seed: 5 })
  await publishFolder(local.bucket, at('on-two'), at('two-int8'))
  const { models } = await publishFolder(local.bucket, at('on-two'), at('two-float32'))
  expect(await history()).toEqual([prompt, three, two, one])

  await publishFolder(local.bucket, at('1'), at('model'))
  const { live, replaced } = await rollback(local.bucket, 'spam')
  expect(replaced!.prompt).toBe(one)
  expect(live).toEqual({ prompt, base: int8.baseHash, models })
  await rollback(local.bucket, 'spam')
  expect(await history()).toEqual([three, two, one])
})
