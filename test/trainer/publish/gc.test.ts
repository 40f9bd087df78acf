import { join } from 'node:path'
import { beforeAll, beforeEach, expect, test } from 'vitest'
import type { ModelCard } from '../../../shared/formats/model-card.ts'
import { findGarbage, removeGarbage } from '../../../trainer/publish/gc.ts'
import { rollback } from '../../../trainer/publish/promote.ts'
import { preparePublication, publish } from '../../../trainer/publish/publish.ts'
import { readPointer } from '../../../trainer/publish/task-pointer.ts'
import { requireWhole } from '../../../trainer/publish/versions.ts'
import { alteredBucket } from '../../fixtures/altered-bucket.ts'
import { useLocalBucket } from '../../fixtures/local-bucket.ts'
import { writeSmallModel } from '../../fixtures/small-model.ts'
import { writeRandomPrompt } from '../../fixtures/written-prompt.ts'

const local = useLocalBucket()
const at = (name: string) => join(local.folder, name)
/** Later than everything that was written: a grace of nothing. */
const soon = () => new Date(Date.now() + 1000)
let model: ModelCard
let [one = '', two = ''] = ['', '']

async function publishFrom(name: string) {
  return publish(local.bucket, await preparePublication(at(name), at('model')), new AbortController().signal, () => undefined)
}

beforeAll(async () => {
  model = await writeSmallModel(at('model'))
  one = await writeRandomPrompt(at('1'), model, { task: 'spam', seed: 1 })
  two = await writeRandomPrompt(at('2'), model, { task: 'spam', seed: 2 })
})

beforeEach(async () => {
  await local.empty()
  await publishFrom('1')
  await publishFrom('2')
})

test('what a task refers to, as live or as an earlier version, is no garbage', async () => {
  expect(await findGarbage(local.bucket, soon())).toEqual([])
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
