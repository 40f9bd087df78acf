import { describe, expect, test } from 'vitest'
import { taskKey } from '../../../shared/formats/storage-keys.ts'
import { loggedVersions, pointerOf, type TaskVersion } from '../../../shared/formats/task-pointer.ts'
import { deleteTask } from '../../../trainer/publish/delete.ts'
import { movePointer, requireLog, withLive } from '../../../trainer/publish/move-pointer.ts'
import { alteredBucket, isWrite } from '../../fixtures/altered-bucket.ts'
import { useLocalBucket } from '../../fixtures/local-bucket.ts'

const local = useLocalBucket()
const version = (digit: string): TaskVersion => ({ prompt: digit.repeat(64), base: 'b'.repeat(64), models: { int8: 'f'.repeat(64) } })
const publish = (task: string, digit: string) => movePointer(local.bucket, task, (current) => withLive(current, version(digit), 'publish'))

test('a task goes offline and its log stays, with its packages and the other tasks as they were', async () => {
  const others = ['models/a/model.json', 'prompts/b/prompt.json', 'tasks/spa.json', 'tasks/spam2.json']
  for (const key of others) await local.bucket.put(key, 'not a log')
  for (const digit of ['1', '2']) await publish('spam', digit)
  const before = await local.contents()
  expect(await deleteTask(local.bucket, 'spam')).toEqual(version('2'))
  const log = await requireLog(local.bucket, 'spam')
  expect(pointerOf(log)).toBeNull()
  expect(loggedVersions(log.events)).toEqual([version('2'), version('1')])
  const { [taskKey('spam')]: was, ...rest } = before
  const { [taskKey('spam')]: is, ...now } = await local.contents()
  expect(now).toEqual(rest)
  expect(is).not.toBe(was)
})

test('a task that is not published, or no longer, is not known, and nothing is written', async () => {
  await publish('twice', '1')
  await deleteTask(local.bucket, 'twice')
  const operations: string[] = []
  const bucket = alteredBucket(local.bucket, (operation, _key, run) => {
    operations.push(operation)
    return run()
  })
  await expect(deleteTask(bucket, 'nothing')).rejects.toMatchObject({
    code: 'unknown_task',
    param: 'task',
    message: expect.stringMatching(/Cannot find task nothing .*softprompt list/),
  })
  await expect(deleteTask(bucket, 'twice')).rejects.toMatchObject({
    code: 'unknown_task',
    message: expect.stringMatching(/Cannot find task twice: it was deleted at 2.*softprompt promote twice 111111111111/),
  })
  expect(operations.filter(isWrite)).toEqual([])
})

describe('two people at once', () => {
  test('what somebody publishes just before is in the log, and offline like the rest', async () => {
    await publish('raced', '1')
    let raced = false
    const bucket = alteredBucket(local.bucket, async (operation, _key, run) => {
      if (operation === 'put' && !raced) {
        raced = true
        await publish('raced', '2')
      }
      return run()
    })
    expect(await deleteTask(bucket, 'raced')).toEqual(version('2'))
    expect((await requireLog(local.bucket, 'raced')).events.map(({ by }) => by)).toEqual(['delete', 'publish', 'publish'])
  })

  test('one of two who delete a task is told that it was gone', async () => {
    await publish('both', '1')
    const ended = await Promise.allSettled([deleteTask(local.bucket, 'both'), deleteTask(local.bucket, 'both')])
    expect(ended.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
    expect((await requireLog(local.bucket, 'both')).events.map(({ by }) => by)).toEqual(['delete', 'publish'])
  })
})

describe('a log that cannot be read', () => {
  test.each([
    ['is no log', 'not a log'],
    ['is of version 2', JSON.stringify({ format: 'softprompt-task', version: 2, live: version('1'), history: [], updated: '' })],
    ['is too large', 'x'.repeat(2 ** 18)],
  ])('and %s is begun anew, so that the task can be published again', async (_, text) => {
    await local.bucket.put(taskKey('old'), text)
    await expect(publish('old', '1')).rejects.toMatchObject({ code: 'invalid_file' })
    expect(await deleteTask(local.bucket, 'old')).toBeNull()
    expect((await requireLog(local.bucket, 'old')).events).toMatchObject([{ by: 'delete' }])
    await publish('old', '1')
    expect(pointerOf(await requireLog(local.bucket, 'old'))).toMatchObject({ live: version('1'), history: [] })
  })

  test('is left where somebody else has changed it meanwhile', async () => {
    await local.bucket.put(taskKey('hot'), 'not a log')
    const bucket = alteredBucket(local.bucket, async (operation, key, run) => {
      if (operation === 'put') await local.bucket.put(key, 'nor this')
      return run()
    })
    await expect(deleteTask(bucket, 'hot')).rejects.toMatchObject({ code: 'conflict' })
    expect(await (await local.bucket.get(taskKey('hot')))!.text()).toBe('nor this')
  })
})
