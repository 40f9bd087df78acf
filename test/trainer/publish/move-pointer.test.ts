import { describe, expect, test, vi } from 'vitest'
import { TaskPointer, type TaskVersion } from '../../../shared/formats/task-pointer.ts'
import { movePointer, readPointer, requirePointer, withFormats, withLive } from '../../../trainer/publish/move-pointer.ts'
import { alteredBucket } from '../../fixtures/altered-bucket.ts'
import { useLocalBucket } from '../../fixtures/local-bucket.ts'

const local = useLocalBucket()
const version = (digit: string, models: Record<string, string> = { int8: 'f'.repeat(64) }): TaskVersion => ({
  prompt: digit.repeat(64),
  base: 'b'.repeat(64),
  models,
})

/** The bucket with somebody else who publishes another version just before each of our first `times` writes. */
function contested(task: string, times: number) {
  let left = times
  return alteredBucket(local.bucket, async (operation, _key, run) => {
    if (operation === 'put' && left-- > 0) await movePointer(local.bucket, task, (current) => withLive(current, version(String(left))))
    return run()
  })
}

test('the first version creates the pointer', async () => {
  expect(await readPointer(local.bucket, 'first')).toBeNull()
  await expect(requirePointer(local.bucket, 'first')).rejects.toMatchObject({ code: 'unknown_task', param: 'task' })
  const { before, after } = await movePointer(local.bucket, 'first', (current) => withLive(current, version('a')))
  expect(before).toBeNull()
  expect(TaskPointer.parse(after)).toEqual(await requirePointer(local.bucket, 'first'))
})

test.each([1, 2])('a pointer changed %i times meanwhile is read again, and nobody’s version is lost', async (times) => {
  const task = `contested-${times}`
  const { after } = await movePointer(contested(task, times), task, (current) => withLive(current, version('a')))
  expect(after.live).toEqual(version('a'))
  expect(after.history.length).toBe(times)
  expect(await requirePointer(local.bucket, task)).toEqual(after)
})

test('a pointer that keeps changing is a conflict, and stays as the others left it', async () => {
  await expect(movePointer(contested('hot', 3), 'hot', (current) => withLive(current, version('a')))).rejects.toMatchObject({
    code: 'conflict',
  })
  expect((await requirePointer(local.bucket, 'hot')).live).toEqual(version('0'))
})

test('at most 64 earlier versions are kept, the newest first, each once', () => {
  let pointer = withLive(null, version('0'))
  for (let i = 1; i < 80; i++) pointer = withLive(pointer, { ...version('0'), prompt: i.toString(16).padStart(64, '0') })
  expect(pointer.history.length).toBe(64)
  expect(pointer.history[0]!.prompt).toBe((78).toString(16).padStart(64, '0'))
  const back = withLive(pointer, pointer.history[10]!)
  expect(back.history.length).toBe(64)
  expect(new Set([back.live, ...back.history].map(({ prompt }) => prompt)).size).toBe(65)
  expect(withLive(back, back.live)).toBe(back)
})

test('the same pointer that somebody else wrote in the same millisecond is theirs: nothing was changed here', async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() })
  const bucket = alteredBucket(local.bucket, async (operation, _key, run) => {
    if (operation === 'put') await movePointer(local.bucket, 'twice', (current) => withLive(current, version('a')))
    return run()
  })
  const { before, after } = await movePointer(bucket, 'twice', (current) => withLive(current, version('a')))
  vi.useRealTimers()
  expect(after).toBe(before)
  expect(after.live).toEqual(version('a'))
})

test('a pointer that was written, though only an error came back, is not written twice', async () => {
  let lost = false
  const bucket = alteredBucket(local.bucket, async (operation, _key, run) => {
    const result = await run()
    if (operation !== 'put' || lost) return result
    lost = true
    throw new Error('Network connection lost.')
  })
  const { before, after } = await movePointer(bucket, 'answer-lost', (current) => withLive(current, version('a')))
  expect(before).toBeNull()
  expect(JSON.parse(await (await local.bucket.get('tasks/answer-lost.json'))!.text())).toEqual(after)
  expect(after).toMatchObject({ live: version('a'), history: [] })
})

describe('another weight format of the live version’s base', () => {
  const [int8, float32, other] = ['1', '2', '3'].map((digit) => digit.repeat(64)) as [string, string, string]
  const live = withLive(withLive(null, version('a')), version('b', { int8 }))

  test('is added to those that the version has, and the version does not become its own predecessor', () => {
    const both = withFormats(live, version('b', { float32 }))
    expect(both).toEqual(version('b', { int8, float32 }))
    const moved = withLive(live, both)
    expect(moved).toMatchObject({ live: both, history: [version('a')] })
    expect(withFormats(moved, version('b', { int8 }))).toEqual(both) // published once more, nothing is new
    expect(withLive(moved, withFormats(moved, version('b', { int8 })))).toBe(moved)
  })

  test('takes the place of a package of the same format', () => {
    expect(withFormats(live, version('b', { int8: other }))).toEqual(version('b', { int8: other }))
  })

  test('is not added to another prompt, another base, or nothing', () => {
    for (const alone of [version('c', { float32 }), { ...version('b', { float32 }), base: 'c'.repeat(64) }])
      expect(withFormats(live, alone)).toBe(alone)
    expect(withFormats(null, version('b', { float32 }))).toEqual(version('b', { float32 }))
  })
})

test.each<[string, object | string]>([
  ['is no pointer', { live: {} }],
  ['is not JSON', '{'],
  ['is of version 1', { live: { prompt: '0'.repeat(64), model: '1'.repeat(64) }, previous: [], updated: '2026-01-01T00:00:00Z' }],
  ['says that it is of version 1', { ...withLive(null, version('a')), version: 1 }],
])('an object that %s is an error that names it, and says to delete the task and publish it again', async (_, object) => {
  await local.bucket.put('tasks/broken.json', typeof object === 'string' ? object : JSON.stringify(object))
  await expect(readPointer(local.bucket, 'broken')).rejects.toMatchObject({
    code: 'invalid_file',
    message: expect.stringMatching(/tasks\/broken\.json.*softprompt delete.* publish it again\.$/),
  })
  await expect(readPointer(local.bucket, 'broken')).rejects.not.toThrow(/softprompt delete.*softprompt delete/)
})
