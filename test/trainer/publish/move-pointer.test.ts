import { describe, expect, test, vi } from 'vitest'
import { pointerOf, type TaskLog, type TaskVersion, withEvent } from '../../../shared/formats/task-pointer.ts'
import {
  changeOf,
  movePointer,
  readLog,
  requireLog,
  requirePublished,
  withFormats,
  withLive,
} from '../../../trainer/publish/move-pointer.ts'
import { alteredBucket } from '../../fixtures/altered-bucket.ts'
import { useLocalBucket } from '../../fixtures/local-bucket.ts'

const local = useLocalBucket()
const version = (digit: string, models: Record<string, string> = { int8: 'f'.repeat(64) }): TaskVersion => ({
  prompt: digit.repeat(64),
  base: 'b'.repeat(64),
  models,
})

const publish = (digit: string) => (current: TaskLog | null) => withLive(current, version(digit), 'publish')

/** The bucket with somebody else who publishes another version just before each of our first `times` writes. */
function contested(task: string, times: number) {
  let left = times
  return alteredBucket(local.bucket, async (operation, _key, run) => {
    if (operation === 'put' && left-- > 0) await movePointer(local.bucket, task, publish(String(left)))
    return run()
  })
}

test('the first version creates the log', async () => {
  expect(await readLog(local.bucket, 'first')).toBeNull()
  for (const read of [requireLog, requirePublished])
    await expect(read(local.bucket, 'first')).rejects.toMatchObject({ code: 'unknown_task', param: 'task' })
  const { before, after } = await movePointer(local.bucket, 'first', publish('a'))
  expect(before).toBeNull()
  expect(after).toEqual(await requireLog(local.bucket, 'first'))
  expect(await requirePublished(local.bucket, 'first')).toEqual(pointerOf(after))
})

test('a deleted task is not published, and says since when and how it comes back', async () => {
  await movePointer(local.bucket, 'gone', publish('a'))
  const { after } = await movePointer(local.bucket, 'gone', (current) => withEvent(current, { by: 'delete' }))
  expect(await requireLog(local.bucket, 'gone')).toEqual(after)
  await expect(requirePublished(local.bucket, 'gone')).rejects.toMatchObject({
    code: 'unknown_task',
    message: `Cannot find task gone: it was deleted at ${after.events[0]!.when}. softprompt promote gone aaaaaaaaaaaa or softprompt publish brings it back; softprompt show gone lists its versions.`,
  })
})

test.each([1, 2])('a pointer changed %i times meanwhile is read again, and nobody’s version is lost', async (times) => {
  const task = `contested-${times}`
  const { after } = await movePointer(contested(task, times), task, publish('a'))
  expect(pointerOf(after)!.live).toEqual(version('a'))
  expect(after.events.length).toBe(times + 1)
  expect(await requireLog(local.bucket, task)).toEqual(after)
})

test('a log that could not be read again is not written', async () => {
  const many = Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`f${i}`, 'f'.repeat(64)]))
  await expect(movePointer(local.bucket, 'many', (current) => withLive(current, version('a', many), 'publish'))).rejects.toThrow(
    'at most 8 model packages',
  )
  expect(await readLog(local.bucket, 'many')).toBeNull()
})

test('a pointer that keeps changing is a conflict, and stays as the others left it', async () => {
  await expect(movePointer(contested('hot', 3), 'hot', publish('a'))).rejects.toMatchObject({
    code: 'conflict',
  })
  expect((await requirePublished(local.bucket, 'hot')).live).toEqual(version('0'))
})

describe('what a move made of a task', () => {
  const moved = (before: TaskLog | null, after: TaskLog) => changeOf({ before, after })
  const a = publish('a')(null)

  test('is a version that is live, and the one in whose place it is', () => {
    expect(moved(null, a)).toEqual({ live: version('a'), replaced: null, changed: true })
    expect(moved(a, publish('b')(a))).toEqual({ live: version('b'), replaced: version('a'), changed: true })
    expect(moved(a, publish('a')(a))).toEqual({ live: version('a'), replaced: null, changed: false })
  })

  test('is a version in nobody’s place where the task was deleted, the same one too', () => {
    const deleted = withEvent(a, { by: 'delete' })
    expect(moved(deleted, publish('a')(deleted))).toEqual({ live: version('a'), replaced: null, changed: true })
  })
})

test('the same pointer that somebody else wrote in the same millisecond is theirs: nothing was changed here', async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() })
  const bucket = alteredBucket(local.bucket, async (operation, _key, run) => {
    if (operation === 'put') await movePointer(local.bucket, 'twice', publish('a'))
    return run()
  })
  const { before, after } = await movePointer(bucket, 'twice', publish('a'))
  vi.useRealTimers()
  expect(after).toBe(before)
  expect(pointerOf(after)!.live).toEqual(version('a'))
})

test('a pointer that was written, though only an error came back, is not written twice', async () => {
  let lost = false
  const bucket = alteredBucket(local.bucket, async (operation, _key, run) => {
    const result = await run()
    if (operation !== 'put' || lost) return result
    lost = true
    throw new Error('Network connection lost.')
  })
  const { before, after } = await movePointer(bucket, 'answer-lost', publish('a'))
  expect(before).toBeNull()
  expect(JSON.parse(await (await local.bucket.get('tasks/answer-lost.json'))!.text())).toEqual(after)
  expect(after.events).toMatchObject([{ by: 'publish', version: version('a') }])
})

describe('another weight format of the live version’s base', () => {
  const [int8, float32, other] = ['1', '2', '3'].map((digit) => digit.repeat(64)) as [string, string, string]
  const add = (current: TaskLog | null, added: TaskVersion) => withLive(current, added, 'publish')
  const live = add(add(null, version('a')), version('b', { int8 }))

  test('is added to those that the version has, and the version does not become its own predecessor', () => {
    const both = withFormats(live, version('b', { float32 }))
    expect(both).toEqual(version('b', { int8, float32 }))
    const moved = add(live, both)
    expect(pointerOf(moved)).toMatchObject({ live: both, history: [version('a')] })
    expect(withFormats(moved, version('b', { int8 }))).toEqual(both) // published once more, nothing is new
    expect(add(moved, withFormats(moved, version('b', { int8 })))).toBe(moved)
  })

  test('takes the place of a package of the same format', () => {
    expect(withFormats(live, version('b', { int8: other }))).toEqual(version('b', { int8: other }))
  })

  test('is not added to another prompt, another base, a deleted task, or nothing', () => {
    for (const alone of [version('c', { float32 }), { ...version('b', { float32 }), base: 'c'.repeat(64) }])
      expect(withFormats(live, alone)).toBe(alone)
    expect(withFormats(withEvent(live, { by: 'delete' }), version('b', { float32 }))).toEqual(version('b', { float32 }))
    expect(withFormats(null, version('b', { float32 }))).toEqual(version('b', { float32 }))
  })
})

test.each<[string, object | string]>([
  ['is no log', { live: {} }],
  ['is not JSON', '{'],
  ['is of version 1', { live: { prompt: '0'.repeat(64), model: '1'.repeat(64) }, previous: [], updated: '2026-01-01T00:00:00Z' }],
  ['is of version 2', { format: 'softprompt-task', version: 2, live: version('a'), history: [], updated: '2026-01-01T00:00:00Z' }],
])('an object that %s is an error that names it, and says to delete the task and publish it again', async (_, object) => {
  await local.bucket.put('tasks/broken.json', typeof object === 'string' ? object : JSON.stringify(object))
  await expect(readLog(local.bucket, 'broken')).rejects.toMatchObject({
    code: 'invalid_file',
    message: expect.stringMatching(/tasks\/broken\.json.*softprompt delete.* publish it again\.$/),
  })
  await expect(readLog(local.bucket, 'broken')).rejects.not.toThrow(/softprompt delete.*softprompt delete/)
})
