import { join } from 'node:path'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { pointerOf, withEvent } from '../../../shared/formats/task-pointer.ts'
import { deleteTask } from '../../../trainer/publish/delete.ts'
import { findGarbage, type Grace, removeGarbage, type Unused } from '../../../trainer/publish/gc.ts'
import { movePointer, requirePublished } from '../../../trainer/publish/move-pointer.ts'
import { promote } from '../../../trainer/publish/promote.ts'
import { rollback } from '../../../trainer/publish/rollback.ts'
import { requireWhole } from '../../../trainer/publish/versions.ts'
import { alteredBucket } from '../../fixtures/altered-bucket.ts'
import { snapshot, useLocalBucket } from '../../fixtures/local-bucket.ts'
import { publishFolder } from '../../fixtures/publish-folder.ts'
import { writeSmallModel } from '../../fixtures/small-model.ts'
import { writeRandomPrompt } from '../../fixtures/written-prompt.ts'

const local = useLocalBucket()
const at = (name: string) => join(local.folder, name)
const [minute, day] = [60_000, 24 * 60 * 60_000]
const none: Grace = { written: 0, deleted: 0 }
/** Later than everything that was written. */
const soon = () => new Date(Date.now() + 1000)
const garbageNow = async (bucket = local.bucket) => (await findGarbage(bucket, none, soon())).garbage
const remove = (garbage: readonly Unused[], bucket = local.bucket) => removeGarbage(bucket, garbage, none, soon())
/** Makes version two garbage: nothing remembers it. */
const forgetTwo = async () => {
  await movePointer(local.bucket, 'spam', (current) => withEvent(null, { by: 'promote', version: pointerOf(current!)!.history[0]! }))
}
const publishFrom = (name: string) => publishFolder(local.bucket, at(name), at('model'))
let [one = '', two = ''] = ['', '']
let restore: () => Promise<void>

beforeAll(async () => {
  const model = await writeSmallModel(at('model'))
  one = await writeRandomPrompt(at('1'), model, { task: 'spam', seed: 1 })
  two = await writeRandomPrompt(at('2'), model, { task: 'spam', seed: 2 })
  await publishFrom('1')
  await publishFrom('2')
  restore = await snapshot(local.bucket)
})

beforeEach(() => restore())

test('what a task refers to, as live or as an earlier version, is no garbage', async () => {
  expect(await findGarbage(local.bucket, none, soon())).toEqual({ garbage: [], held: [] })
})

test('a package in any weight format that a version has is no garbage', async () => {
  const stored = ['1', '2', '3'].map((digit) => digit.repeat(64)) as [string, string, string]
  for (const model of stored) await local.bucket.put(`models/${model}/model.json`, '{}')
  const [int8, float32, forgotten] = stored
  await movePointer(local.bucket, 'spam', (current) => {
    const { live } = pointerOf(current!)!
    const earlier = withEvent(current, { by: 'publish', version: { ...live, models: { int8 } } })
    return withEvent(earlier, { by: 'publish', version: { ...live, models: { ...live.models, float32 } } })
  })
  expect((await garbageNow()).map(({ folder }) => folder)).toEqual([`models/${forgotten}/`])
})

test('a version rolled back from is no garbage: promote brings it back', async () => {
  await rollback(local.bucket, 'spam')
  expect(await findGarbage(local.bucket, none, soon())).toEqual({ garbage: [], held: [] })
})

test('a version that is no longer remembered is removed, with its size told; the rest stays whole', async () => {
  await forgetTwo()
  const garbage = await garbageNow()
  expect(garbage).toMatchObject([{ folder: `prompts/${two}/`, keys: { length: 4 } }])
  expect(garbage[0]!.bytes).toBe((await local.bucket.list({ prefix: `prompts/${two}/` })).objects.reduce((sum, { size }) => sum + size, 0))
  expect(await remove(garbage)).toEqual(garbage)
  expect(Object.keys(await local.contents()).filter((key) => key.includes(two))).toEqual([])
  const { live } = await requirePublished(local.bucket, 'spam')
  expect(live.prompt).toBe(one)
  await requireWhole(local.bucket, live)
})

describe('a deleted task’s prompts and model', () => {
  const both: Grace = { written: 60 * minute, deleted: 30 * day }
  const fromNow = (ms: number) => new Date(Date.now() + ms)
  const folders = (found: readonly Unused[]) => found.map(({ folder }) => folder).toSorted()

  test('are garbage once the grace for it is over; other objects are left alone', async () => {
    await deleteTask(local.bucket, 'spam')
    await local.bucket.put('models/notes.txt', 'mine')
    await local.bucket.put('elsewhere/file', 'mine')
    expect((await findGarbage(local.bucket, both, fromNow(29 * day))).garbage).toEqual([])
    const { garbage, held } = await findGarbage(local.bucket, both, fromNow(31 * day))
    expect([garbage.length, held.length]).toEqual([3, 0])
    await removeGarbage(local.bucket, garbage, both, fromNow(31 * day))
    expect(Object.keys(await local.contents())).toEqual(['elsewhere/file', 'models/notes.txt', 'tasks/spam.json'])
  })

  test('are held until then, which is said', async () => {
    await deleteTask(local.bucket, 'spam')
    const { held } = await findGarbage(local.bucket, both)
    expect(held.map(({ keptBy }) => keptBy)).toEqual(['deleted', 'deleted', 'deleted'])
    for (const { until } of held) expect(Math.abs(until.getTime() - fromNow(30 * day).getTime())).toBeLessThan(10 * minute)
    expect(folders(held)).toEqual(expect.arrayContaining([`prompts/${one}/`, `prompts/${two}/`]))
  })

  test('are no garbage where another task refers to them, nor once the task is back', async () => {
    const { live } = await requirePublished(local.bucket, 'spam')
    await movePointer(local.bucket, 'ham', () => withEvent(null, { by: 'publish', version: live }))
    await deleteTask(local.bucket, 'spam')
    expect(folders(await garbageNow())).toEqual([`prompts/${one}/`])
    await promote(local.bucket, 'spam', two)
    expect(await garbageNow()).toEqual([])
  })

  test('are held as just written where that is longer', async () => {
    await deleteTask(local.bucket, 'spam')
    const written = await findGarbage(local.bucket, { written: day, deleted: minute })
    expect(written.held.map(({ keptBy }) => keptBy)).toEqual(['written', 'written', 'written'])
    for (const { until, uploaded } of written.held) expect(until.getTime() - uploaded.getTime()).toBe(day)
  })
})

test('what was written since is left, whatever refers to it', async () => {
  await local.bucket.delete('tasks/spam.json')
  const { garbage, held } = await findGarbage(local.bucket, { written: minute, deleted: 0 })
  expect(garbage).toEqual([])
  expect(held.map(({ keptBy }) => keptBy)).toEqual(['written', 'written', 'written'])
})

test('one young file keeps its whole package', async () => {
  await local.bucket.delete('tasks/spam.json')
  const { uploaded } = (await local.bucket.put(`prompts/${one}/labels.safetensors`, 'anew'))!
  const before = new Date(uploaded.getTime() - 1)
  const folders = (await findGarbage(local.bucket, none, before)).garbage.map(({ folder }) => folder)
  expect(folders).toContain(`prompts/${two}/`)
  expect(folders).not.toContain(`prompts/${one}/`)
})

test('where a log cannot be read nothing is taken for garbage', async () => {
  await local.bucket.put('tasks/spam.json', 'not a log')
  await expect(garbageNow()).rejects.toMatchObject({
    code: 'storage',
    message: expect.stringContaining('Nothing was removed'),
  })
})

test('what is published while garbage is looked for is not removed', async () => {
  await forgetTwo()
  const garbage = await garbageNow()
  expect(garbage.length).toBe(1)
  await publishFrom('2')
  expect(await remove(garbage)).toEqual([])
  await requireWhole(local.bucket, (await requirePublished(local.bucket, 'spam')).live)
})

test('a removal that ends early takes the card first: what is left is not taken for a whole package', async () => {
  await forgetTwo()
  let deletions = 0
  const bucket = alteredBucket(local.bucket, (operation, _key, run) => {
    if (operation === 'delete' && ++deletions > 1) throw new Error('The end. (10002)')
    return run()
  })
  await expect(remove(await garbageNow(), bucket)).rejects.toMatchObject({ code: 'storage' })
  const left = Object.keys(await local.contents()).filter((key) => key.includes(two))
  expect(left.length).toBe(3)
  expect(left.some((key) => key.endsWith('prompt.json'))).toBe(false)
  expect((await publishFrom('2')).changed).toBe(true)
  await requireWhole(local.bucket, (await requirePublished(local.bucket, 'spam')).live)
})

test('an interruption while pointers are read is told as one', async () => {
  const controller = new AbortController()
  const interrupting = alteredBucket(local.heeding(controller.signal), async (operation, _key, run) => {
    if (operation === 'get') controller.abort()
    return run()
  })
  await expect(findGarbage(interrupting, none)).rejects.toMatchObject({ code: 'interrupted' })
})
