import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { cloudflareTest } from '@cloudflare/vitest-pool-workers'
import { Response } from 'miniflare'
import { defineConfig } from 'vitest/config'

const root = fileURLToPath(new URL('.', import.meta.url))

/** Hands files of the checkout to tests inside workerd, which has no disk. */
async function disk(request: { readonly url: string }): Promise<Response> {
  const { pathname } = new URL(request.url)
  if (!pathname.startsWith('/models/')) return new Response(null, { status: 404 })
  return new Response(await readFile(`${root}${pathname}`))
}

export default defineConfig({
  test: {
    testTimeout: 120_000,
    hookTimeout: 120_000,
    projects: [
      {
        extends: true,
        plugins: [cloudflareTest({ wrangler: { configPath: './wrangler.toml' }, miniflare: { serviceBindings: { DISK: disk } } })],
        test: { name: 'worker', include: ['test/worker/**/*.test.ts'] },
      },
      {
        extends: true,
        test: { name: 'node', include: ['test/**/*.test.ts'], exclude: ['test/worker/**', 'test/end-to-end/**', 'node_modules/**'] },
      },
      {
        extends: true,
        // one after another and after the rest: they share the local bucket, and each needs both cores
        test: { name: 'end-to-end', include: ['test/end-to-end/**/*.test.ts'], fileParallelism: false, sequence: { groupOrder: 1 } },
      },
    ],
  },
})
