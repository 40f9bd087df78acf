import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { versionsOf } from '../../../shared/formats/task-pointer.ts'
import type { Bucket } from '../../../trainer/publish/bucket/bucket.ts'
import { missingFile } from '../../../trainer/publish/bucket/packages.ts'
import { findGarbage, removeGarbage } from '../../../trainer/publish/gc.ts'
import { requirePublished } from '../../../trainer/publish/move-pointer.ts'
import { type Publication, preparePublication, publish } from '../../../trainer/publish/publish.ts'
import { requireWhole } from '../../../trainer/publish/versions.ts'
import { alteredBucket, isWrite } from '../../fixtures/altered-bucket.ts'
import { runScript } from '../../fixtures/child-process.ts'
import { contents, snapshot, useLocalBuckets } from '../../fixtures/local-bucket.ts'
import { writeSmallModel } from '../../fixtures/small-model.ts'
import { writeRandomPrompt } from '../../fixtures/written-prompt.ts'

const bucketsOf = (death: string) => Array.from({ length: 12 }, (_, i) => `${death}-${i + 1}`)
const local = useLocalBuckets(['counted', ...bucketsOf('before'), ...bucketsOf('within')])
const at = (name: string) => join(local.folder, name)
const script = new URL('../../fixtures/publish-and-die.ts', import.meta.url)
const never = new AbortController().signal
let [old, next]: Publication[] = []
/** Brings a bucket back to the old version. */
let reset: (bucket: Bucket) => Promise<void>
let before: string[]
let pointer: string
/** Of a publish of the new version over the old one, in their order. */
const operations: { name: string; key: string; isWrite: boolean }[] = []

beforeAll(async () => {
  await writeRandomPrompt(at('old'), await writeSmallModel(at('old-model'), { name: 'old' }), { task: 'spam', seed: 1 })
  await writeRandomPrompt(at('new'), await writeSmallModel(at('new-model'), { name: 'new' }), { task: 'spam', seed: 2 })
  old = await preparePublication(at('old'), at('old-model'))
  next = await preparePublication(at('new'), at('new-model'))
  const bucket = local.bucket('counted')
  await publish(bucket, old, never, () => undefined)
  reset = await snapshot(bucket)
  before = Object.keys(await contents(bucket))
  pointer = await (await bucket.get('tasks/spam.json'))!.text()
})

/** Which version a publish of the new one over the old one has left, once it is seen that this one is live and whole. */
async function live(bucket: Bucket): Promise<'old' | 'new'> {
  const left = await requirePublished(bucket, 'spam')
  for (const version of versionsOf(left)) await requireWhole(bucket, version) // never a pointer to half a version
  expect([old!.version, next!.version]).toContainEqual(left.live)
  return left.live.prompt === next!.version.prompt ? 'new' : 'old'
}

/** Sees that what a publish has left is mended by the next one, and by gc. */
async function mends(bucket: Bucket, { again }: { again: boolean }): Promise<void> {
  // a package whose card is there is there, so that the next publish may go by its card
  for (const { folder, card, files } of [next!.prompt, ...next!.models]) {
    if ((await bucket.head(folder + card.name)) !== null) expect(await missingFile(bucket, folder, files)).toBeNull()
  }

  // publishing again ends as if nothing had happened
  if (again) {
    await publish(bucket, next!, never, () => undefined)
    expect(await requirePublished(bucket, 'spam')).toMatchObject({ live: next!.version, history: [old!.version] })
    await requireWhole(bucket, next!.version)
  }

  // and gc finds all that is left over
  await bucket.put('tasks/spam.json', pointer)
  const [grace, soon] = [{ written: 0, deleted: 0 }, new Date(Date.now() + 1000)]
  await removeGarbage(bucket, (await findGarbage(bucket, grace, soon)).garbage, grace, soon)
  expect(Object.keys(await contents(bucket))).toEqual(before)
}

test('given up before any operation, a publish leaves the old version live and whole', async () => {
  const bucket = local.bucket('counted')
  let [now, version] = [await contents(bucket), await live(bucket)]
  // stopped before an operation, it leaves what the one before has left: a read nothing new, a write what is tried below
  const watched = alteredBucket(bucket, async (name, key, run) => {
    expect(version).toBe('old')
    const result = await run()
    const after = await contents(bucket)
    operations.push({ name, key, isWrite: isWrite(name) })
    if (isWrite(name)) version = await live(bucket)
    else expect(after).toEqual(now)
    now = after
    return result
  })
  await publish(watched, next!, never, () => undefined)
  expect(version).toBe('new')
  // a new prompt on a new model has 8 files to look up, write and read back, and one pointer, which is the last of all
  expect(operations.length).toBeGreaterThanOrEqual(30)
  expect(operations.filter((operation) => operation.isWrite).length).toBeGreaterThanOrEqual(9)
  expect(operations.at(-1)).toMatchObject({ key: 'tasks/spam.json', isWrite: true })
})

const deaths = [
  { death: 'before', every: 1 },
  { death: 'within', every: 3 },
]
test.concurrent.each(deaths)(
  'killed $death any write, a publish leaves the old version live and whole, or the new one',
  async ({ death, every }) => {
    const writes = operations.filter((operation) => operation.isWrite).length
    const used = bucketsOf(death).slice(0, writes + 1) // the n-th publish is killed at its n-th write, the last one comes to its end
    expect(used.length).toBe(writes + 1)
    await Promise.all(used.map((name) => reset(local.bucket(name))))
    const { signal, stderr } = await runScript(script, [at('state'), at('new'), at('new-model'), death, ...used])
    expect(signal, stderr).toBe('SIGKILL')

    const left = await Promise.all(
      used.map(async (name, i) => {
        const version = await live(local.bucket(name))
        await mends(local.bucket(name), { again: i % every === 0 })
        return version
      }),
    )
    expect(left.at(-1)).toBe('new')
    expect(left.slice(0, -2)).toEqual(Array(writes - 1).fill('old'))
    if (death === 'before') expect(left.at(-2)).toBe('old') // killed within the last write, that of the pointer, it may be either
  },
)
