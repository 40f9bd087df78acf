import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { missingFile } from '../../../trainer/publish/bucket/packages.ts'
import { findGarbage, removeGarbage } from '../../../trainer/publish/gc.ts'
import { type Publication, preparePublication, publish } from '../../../trainer/publish/publish.ts'
import { readPointer } from '../../../trainer/publish/task-pointer.ts'
import { requireWhole } from '../../../trainer/publish/versions.ts'
import { alteredBucket } from '../../fixtures/altered-bucket.ts'
import { runScript } from '../../fixtures/child-process.ts'
import { useLocalBucket } from '../../fixtures/local-bucket.ts'
import { writeSmallModel } from '../../fixtures/small-model.ts'
import { writeRandomPrompt } from '../../fixtures/written-prompt.ts'

const local = useLocalBucket()
const at = (name: string) => join(local.folder, name)
const script = new URL('../../fixtures/publish-and-die.ts', import.meta.url)
const never = new AbortController().signal
let [old, next]: Publication[] = []

beforeAll(async () => {
  await writeRandomPrompt(at('old'), await writeSmallModel(at('old-model'), { name: 'old' }), { task: 'spam', seed: 1 })
  await writeRandomPrompt(at('new'), await writeSmallModel(at('new-model'), { name: 'new' }), { task: 'spam', seed: 2 })
  old = await preparePublication(at('old'), at('old-model'))
  next = await preparePublication(at('new'), at('new-model'))
})

/** Publishes the new version over the old one, in a process that is killed at write `n`. True where it came to its end. */
async function killed(when: 'before' | 'within', n: number): Promise<boolean> {
  const { code, signal, stderr } = await runScript(script, [at('state'), at('new'), at('new-model'), when, String(n)])
  if (signal !== 'SIGKILL' && code !== 0) throw new Error(stderr)
  return code === 0
}

/** The same in this process, which gives up for good before operation `n`: to the bucket it is dead. */
async function abandoned(n: number): Promise<boolean> {
  let operations = 0
  return new Promise((resolve, reject) => {
    const bucket = alteredBucket(local.bucket, (_operation, _key, run) => {
      if (++operations < n) return run()
      resolve(false)
      return new Promise(() => undefined)
    })
    publish(bucket, next!, never, () => undefined).then(() => resolve(true), reject)
  })
}

const deaths = [
  // a new prompt on a new model has 8 files to look up, write and read back, and one pointer
  { what: 'given up before any operation', stop: abandoned, fewest: 30 },
  { what: 'killed before any write', stop: (n: number) => killed('before', n), fewest: 9 },
  { what: 'killed within any write', stop: (n: number) => killed('within', n), fewest: 9 },
]

test.each(deaths)(
  '$what, a publish leaves the old version live and whole, or the new one',
  { timeout: 300_000 },
  async ({ stop, fewest }) => {
    await local.empty()
    await publish(local.bucket, old!, never, () => undefined)
    const before = await local.contents()
    const pointer = await (await local.bucket.get('tasks/spam.json'))!.text()
    const seen = new Set<string>()
    let count = 0
    for (let finished = false; !finished; count++) {
      finished = await stop(count + 1)

      const { live, previous } = (await readPointer(local.bucket, 'spam'))!.pointer
      for (const version of [live, ...previous]) await requireWhole(local.bucket, version) // never a pointer to half a version
      expect([old!.version, next!.version]).toContainEqual(live)
      if (finished) expect(live).toEqual(next!.version)
      seen.add(live.prompt === next!.version.prompt ? 'new' : 'old')

      // a package whose card is there is there, so that the next publish may go by its card
      for (const { folder, card, files } of [next!.prompt, next!.model]) {
        if ((await local.bucket.head(folder + card.name)) !== null) expect(await missingFile(local.bucket, folder, files)).toBeNull()
      }

      // publishing again ends as if nothing had happened
      if (count % 3 === 0) {
        await publish(local.bucket, next!, never, () => undefined)
        expect((await readPointer(local.bucket, 'spam'))!.pointer).toMatchObject({ live: next!.version, previous: [old!.version] })
        await requireWhole(local.bucket, next!.version)
      }

      // and gc finds all that is left over
      await local.bucket.put('tasks/spam.json', pointer)
      const now = new Date(Date.now() + 1000)
      await removeGarbage(local.bucket, await findGarbage(local.bucket, now), now)
      expect(Object.keys(await local.contents())).toEqual(Object.keys(before))
    }
    expect(count - 1).toBeGreaterThanOrEqual(fewest)
    expect(seen).toEqual(new Set(['old', 'new']))
  },
)
