import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { useBucket } from '../../../trainer/library/use-bucket.ts'
import type { OpenBucket } from '../../../trainer/publish/bucket/wrangler.ts'
import { temporaryFolder } from '../../fixtures/imported-model.ts'

const never = new AbortController().signal

/** Tells whether a bucket has been closed, and has it closed as before. */
function watchClose(open: OpenBucket): () => boolean {
  const { close } = open
  let closed = false
  Object.assign(open, { close: () => close().then(() => { closed = true }) }) // biome-ignore format: one thought
  return () => closed
}

describe('the bucket', () => {
  const folder = temporaryFolder()
  const config = join(folder, 'wrangler.toml')
  writeFileSync(
    config,
    `
name = "app"
[[r2_buckets]]
binding = "BUCKET"
preview_bucket_name = "preview"
[[env.staging.r2_buckets]]
binding = "BUCKET"
bucket_name = "staging"
`,
  )

  test('is the one that the options mean, open for as long as the action takes', async () => {
    const persistTo = join(folder, 'state')
    let closed: () => boolean = () => true
    const where = await useBucket({ config, persistTo, env: 'staging' }, never, async (open) => {
      closed = watchClose(open)
      await open.bucket.put('a', 'b')
      expect(closed()).toBe(false)
      return open.where
    })
    expect(where).toBe(`local bucket staging in ${persistTo}`)
    expect(closed()).toBe(true)
  })

  test('is closed where the action fails, and what failed is told', async () => {
    let closed: () => boolean = () => false
    const failing = useBucket({ config, persistTo: join(folder, 'failing') }, never, async (open) => {
      closed = watchClose(open)
      throw new Error('broken')
    })
    await expect(failing).rejects.toThrow('broken')
    expect(closed()).toBe(true)
  })

  test('is the remote one with --remote', async () => {
    // which this configuration does not name: it has a bucket for wrangler dev alone
    await expect(useBucket({ config, remote: true }, never, async () => null)).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining('Cannot find the bucket'),
    })
  })
})
