import { join } from 'node:path'
import { beforeAll, beforeEach, expect, test } from 'vitest'
import { makePointer } from '../../../shared/formats/task-pointer.ts'
import { findGarbage, removeGarbage } from '../../../trainer/publish/gc.ts'
import { movePointer, readPointer } from '../../../trainer/publish/move-pointer.ts'
import { rollback } from '../../../trainer/publish/rollback.ts'
import { requireWhole } from '../../../trainer/publish/versions.ts'
import { alteredBucket } from '../../fixtures/altered-bucket.ts'
import { snapshot, useLocalBucket } from '../../fixtures/local-bucket.ts'
import { publishFolder } from '../../fixtures/publish-folder.ts'
import { writeSmallModel } from '../../fixtures/small-model.ts'
import { writeRandomPrompt } from '../../fixtures/written-prompt.ts'

const local = useLocalBucket()
const at = (name: string) => join(local.folder, name)
/** Later than everything that was written: a grace of nothing. */
const soon = () => new Date(Date.now() + 1000)
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
  expect(await findGarbage(local.bucket, soon())).toEqual([])
})

test('a package in any weight format that a version has is no garbage', async () => {
  const stored = ['1', '2', '3'].map((digit) => digit.repeat(64)) as [string, string, string]
  for (const model of stored) await local.bucket.put(`models/${model}/model.json`, '{}')
  const [int8, float32, forgotten] = stored
  await movePointer(local.bucket, 'spam', (current) => {
    const { live, history } = current!
    return makePointer({ ...live, models: { ...live.models, float32 } }, [{ ...history[0]!, models: { int8 } }])
  })
  expect((await findGarbage(local.bucket, soon())).map(({ folder }) => folder)).toEqual([`models/${forgotten}/`])
})

test('a version rolled back from is removed, with its size told; the rest stays whole', async () => {
  await rollback(local.bucket, 'spam')
  const garbage = await findGarbage(local.bucket, soon())
  expect(garbage).toMatchObject([{ folder: `prompts/${two}/`, keys: { length: 4 } }])
  expect(garbage[0]!.bytes).toBe((await local.bucket.list({ prefix: `prompts/${two}/` })).objects.reduce((sum, { size }) => sum + size, 0))
  expect(await removeGarbage(local.bucket, garbage, soon())).toEqual(garbage)
  expect(Object.keys(await local.contents()).filter((key) => key.includes(two))).toEqual([])
  const { live } = (await readPointer(local.bucket, 'spam'))!.pointer
  expect(live.prompt).toBe(one)
  await requireWhole(local.bucket, live)
})

test('a deleted task’s prompts and model are garbage; other objects are left alone', async () => {
  await local.bucket.delete('tasks/spam.json')
  await local.bucket.put('models/notes.txt', 'mine')
  await local.bucket.put('elsewhere/file', 'mine')
  const garbage = await findGarbage(local.bucket, soon())
  expect(garbage.length).toBe(3)
  await removeGarbage(local.bucket, garbage, soon())
  expect(Object.keys(await local.contents())).toEqual(['elsewhere/file', 'models/notes.txt'])
})

test('what was written since is left, whatever refers to it', async () => {
  await local.bucket.delete('tasks/spam.json')
  expect(await findGarbage(local.bucket, new Date(Date.now() - 60_000))).toEqual([])
})

test('one young file keeps its whole package', async () => {
  await local.bucket.delete('tasks/spam.json')
  const { uploaded } = (await local.bucket.put(`prompts/${one}/labels.safetensors`, 'anew'))!
  const folders = (await findGarbage(local.bucket, uploaded)).map(({ folder }) => folder)
  expect(folders).toContain(`prompts/${two}/`)
  expect(folders).not.toContain(`prompts/${one}/`)
})

test('where a pointer cannot be read nothing is taken for garbage', async () => {
  await local.bucket.put('tasks/spam.json', 'not a pointer')
  await expect(findGarbage(local.bucket, soon())).rejects.toMatchObject({
    code: 'storage',
    message: expect.stringContaining('Nothing was removed'),
  })
})

test('what is published while garbage is looked for is not removed', async () => {
  await rollback(local.bucket, 'spam')
  const garbage = await findGarbage(local.bucket, soon())
  await publishFrom('2')
  expect(await removeGarbage(local.bucket, garbage, soon())).toEqual([])
  await requireWhole(local.bucket, (await readPointer(local.bucket, 'spam'))!.pointer.live)
})

test('a removal that ends early takes the card first: what is left is not taken for a whole package', async () => {
  await rollback(local.bucket, 'spam')
  let deletions = 0
  const bucket = alteredBucket(local.bucket, (operation, _key, run) => {
    if (operation === 'delete' && ++deletions > 1) throw new Error('The end. (10002)')
    return run()
  })
  await expect(removeGarbage(bucket, await findGarbage(local.bucket, soon()), soon())).rejects.toMatchObject({ code: 'storage' })
  const left = Object.keys(await local.contents()).filter((key) => key.includes(two))
  expect(left.length).toBe(3)
  expect(left.some((key) => key.endsWith('prompt.json'))).toBe(false)
  expect((await publishFrom('2')).changed).toBe(true)
  await requireWhole(local.bucket, (await readPointer(local.bucket, 'spam'))!.pointer.live)
})

test('an interruption while pointers are read is told as one', async () => {
  const controller = new AbortController()
  const interrupting = alteredBucket(local.heeding(controller.signal), async (operation, _key, run) => {
    if (operation === 'get') controller.abort()
    return run()
  })
  await expect(findGarbage(interrupting, new Date())).rejects.toMatchObject({ code: 'interrupted' })
})
