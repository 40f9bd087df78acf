import { join } from 'node:path'
import { beforeAll, beforeEach, expect, test } from 'vitest'
import type { ModelCard } from '../../../shared/formats/model-card.ts'
import { loggedVersions, type TaskVersion } from '../../../shared/formats/task-pointer.ts'
import { deleteTask } from '../../../trainer/publish/delete.ts'
import { movePointer, requireLog, withLive } from '../../../trainer/publish/move-pointer.ts'
import { promote } from '../../../trainer/publish/promote.ts'
import { rollback } from '../../../trainer/publish/rollback.ts'
import { snapshot, useLocalBucket } from '../../fixtures/local-bucket.ts'
import { publishFolder } from '../../fixtures/publish-folder.ts'
import { writeSmallModel } from '../../fixtures/small-model.ts'
import { writeRandomPrompt } from '../../fixtures/written-prompt.ts'

const local = useLocalBucket()
const at = (name: string) => join(local.folder, name)
const publishFrom = (name: string, from = 'model') => publishFolder(local.bucket, at(name), at(from))
let model: ModelCard
let [one = '', two = '', three = ''] = ['', '', '']
let restore: () => Promise<void>
/** Brings back the first log: of what was published since only the stored cards know. */
let forget: () => Promise<unknown>

beforeAll(async () => {
  model = await writeSmallModel(at('model'))
  one = await writeRandomPrompt(at('1'), model, { task: 'spam', seed: 1 })
  two = await writeRandomPrompt(at('2'), model, { task: 'spam', seed: 2 })
  three = await writeRandomPrompt(at('3'), model, { task: 'spam', seed: 3 })
  for (const name of ['1', '2', '3']) await publishFrom(name)
  restore = await snapshot(local.bucket)
  const log = await (await local.bucket.get('tasks/spam.json'))!.text()
  forget = () => local.bucket.put('tasks/spam.json', log)
})

beforeEach(() => restore())

/** The hashes of the task's prompts, the one that went live last first. */
async function history(): Promise<string[]> {
  return loggedVersions((await requireLog(local.bucket, 'spam')).events).map(({ prompt }) => prompt)
}

test('promote makes an earlier version live, found by the beginning of its hash', async () => {
  const { live, replaced } = await promote(local.bucket, 'spam', one.slice(0, 8))
  expect([replaced!.prompt, live.prompt]).toEqual([three, one])
  expect(await history()).toEqual([one, three, two])
  expect(await promote(local.bucket, 'spam', one)).toMatchObject({ live, replaced: null, changed: false })
  expect((await requireLog(local.bucket, 'spam')).events.map(({ by }) => by)).toEqual(['promote', 'publish', 'publish', 'publish'])
})

test('promote brings a deleted task back, any version of it, in nobody’s place', async () => {
  await deleteTask(local.bucket, 'spam')
  expect(await promote(local.bucket, 'spam', two)).toMatchObject({ live: { prompt: two }, replaced: null, changed: true })
  expect(await history()).toEqual([two, three, one])
})

test('promote finds what was rolled back from', async () => {
  await rollback(local.bucket, 'spam')
  expect(await promote(local.bucket, 'spam', three.slice(0, 12))).toMatchObject({ live: { prompt: three }, replaced: { prompt: two } })
})

test('a version of another task is not found, nor one that is not there', async () => {
  const foreign = await writeRandomPrompt(at('foreign'), model, { task: 'other', seed: 9 })
  await publishFrom('foreign')
  for (const wanted of [foreign, 'abcd'.repeat(16)]) {
    await expect(promote(local.bucket, 'spam', wanted)).rejects.toMatchObject({ code: 'not_found' })
  }
  await expect(promote(local.bucket, 'nothing', one)).rejects.toMatchObject({ code: 'unknown_task' })
})

test('what is not the beginning of a hash is not looked for', async () => {
  for (const wanted of ['', 'xyz!', 'ABCDEF', 'abc', '../models', 'a'.repeat(65)]) {
    await expect(promote(local.bucket, 'spam', wanted), wanted).rejects.toMatchObject({ code: 'usage' })
  }
})

test('a beginning that two versions share is not guessed at', async () => {
  const [first, second] = ['1', '2'].map(
    (digit): TaskVersion => ({ prompt: `abcd${digit.repeat(60)}`, base: 'b'.repeat(64), models: { int8: 'f'.repeat(64) } }),
  )
  await movePointer(local.bucket, 'twins', (current) => withLive(withLive(current, first!, 'publish'), second!, 'publish'))
  await expect(promote(local.bucket, 'twins', 'abcd')).rejects.toMatchObject({
    code: 'usage',
    message: expect.stringContaining(first!.prompt),
  })
})

test('a version that is no longer whole does not go live', async () => {
  await local.bucket.delete(`prompts/${two}/adapter_model.safetensors`)
  await expect(promote(local.bucket, 'spam', two)).rejects.toMatchObject({
    code: 'not_found',
    message: expect.stringContaining('adapter_model'),
  })
  expect(await history()).toEqual([three, two, one])
})

test('a stored prompt for another base needs a stored model of that base', async () => {
  const otherModel = await writeSmallModel(at('other-model'), { name: 'other' })
  const foreign = await writeRandomPrompt(at('on-other'), otherModel, { task: 'spam', seed: 4 })
  const published = await publishFrom('on-other', 'other-model')
  await forget()
  const { live } = await promote(local.bucket, 'spam', foreign)
  expect(live).toEqual({ prompt: foreign, base: otherModel.baseHash, models: published.models })

  await forget()
  await local.bucket.delete(`models/${published.models.int8}/model.json`)
  await expect(promote(local.bucket, 'spam', foreign)).rejects.toMatchObject({
    code: 'base_mismatch',
    message: expect.stringContaining(otherModel.baseHash),
  })
})

test('a stored prompt whose base is stored in two weight formats goes live with both', async () => {
  const int8 = await writeSmallModel(at('two-int8'), { name: 'two' })
  await writeSmallModel(at('two-float32'), { name: 'two', weights: 'float32' })
  const prompt = await writeRandomPrompt(at('on-two'), int8, { task: 'spam', seed: 5 })
  await publishFrom('on-two', 'two-int8')
  const { models } = await publishFrom('on-two', 'two-float32')
  expect(Object.keys(models).toSorted()).toEqual(['float32', 'int8'])
  await forget()
  expect(await history()).toEqual([three, two, one])

  const { live } = await promote(local.bucket, 'spam', prompt)
  expect(live).toEqual({ prompt, base: int8.baseHash, models })
  expect(await history()).toEqual([prompt, three, two, one])
})
