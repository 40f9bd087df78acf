import { join } from 'node:path'
import { beforeAll, beforeEach, expect, test } from 'vitest'
import { deleteTask } from '../../../trainer/publish/delete.ts'
import { describeEvents } from '../../../trainer/publish/describe-events.ts'
import { requireLog } from '../../../trainer/publish/move-pointer.ts'
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
  const write = (seed: number) =>
    writeRandomPrompt(at(`${seed}`), model, { task: 'spam', seed, card: { metrics: { accuracy: seed / 10 } } })
  ;[one, two, three] = [await write(1), await write(2), await write(3)]
  for (const name of ['1', '2', '3']) await publishFolder(local.bucket, at(name), at('model'))
  restore = await snapshot(local.bucket)
})

beforeEach(() => restore())

const described = async (bucket = local.bucket) => describeEvents(bucket, (await requireLog(local.bucket, 'spam')).events)
/** Each event in short: how, what, what it replaced, the accuracy, its state. */
const inShort = async () =>
  (await described()).map(({ by, version, replaced, metrics, state }) => [by, version?.prompt, replaced?.prompt, metrics?.accuracy, state])

test('every version is there with how it went live, what it replaced, and how it did on dev', async () => {
  await rollback(local.bucket, 'spam')
  await promote(local.bucket, 'spam', one)
  expect(await inShort()).toEqual([
    ['promote', one, two, 0.1, 'live'],
    ['rollback', two, three, 0.2, 'before'],
    ['publish', three, two, 0.3, null],
    ['publish', two, one, 0.2, null],
    ['publish', one, undefined, 0.1, null],
  ])
  const times = (await described()).map(({ when }) => when)
  expect(times).toEqual(times.toSorted().reverse())
})

test('of a deleted task nothing is live, nor would a rollback bring anything back; what comes next replaces nothing', async () => {
  await deleteTask(local.bucket, 'spam')
  expect((await inShort()).slice(0, 2)).toEqual([
    ['delete', undefined, three, undefined, null],
    ['publish', three, two, 0.3, null],
  ])
  await promote(local.bucket, 'spam', two)
  expect((await inShort()).slice(0, 3)).toEqual([
    ['promote', two, undefined, 0.2, 'live'],
    ['delete', undefined, three, undefined, null],
    ['publish', three, two, 0.3, 'before'],
  ])
})

test('a version whose card is gone or damaged is there without its metrics; storage that fails is an error', async () => {
  await local.bucket.delete(`prompts/${one}/prompt.json`)
  await local.bucket.put(`prompts/${two}/prompt.json`, '{}')
  expect((await described()).map(({ metrics }) => metrics?.accuracy)).toEqual([0.3, undefined, undefined])
  const failing = alteredBucket(local.bucket, async () => {
    throw new Error('The end. (10002)')
  })
  await expect(described(failing)).rejects.toMatchObject({ code: 'storage' })
})
