import { expect, test, vi } from 'vitest'
import { openStore } from '../../../../trainer/publish/bucket/open-store.ts'

const never = new AbortController().signal

test.each(['', ' ', 'ftp://host/x'])('%j is no store', async (store) => {
  await expect(openStore(store, never)).rejects.toMatchObject({ code: 'usage', message: expect.stringContaining('name a folder, or s3://bucket/prefix') }) // biome-ignore format: one thought
})

test('a scheme may be written in capitals', async () => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'id')
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret')
  expect(await openStore('S3://bucket/a', never)).toMatchObject({ where: 'S3://bucket/a' })
})
