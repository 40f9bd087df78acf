import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { cloudflareTest } from '@cloudflare/vitest-pool-workers'
import { Response } from 'miniflare'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

const root = fileURLToPath(new URL('.', import.meta.url))

/** Hands files of the checkout to tests inside workerd, which has no disk. */
async function disk(request: { readonly url: string }): Promise<Response> {
  const { pathname } = new URL(request.url)
  if (!pathname.startsWith('/models/')) return new Response(null, { status: 404 })
  return new Response(await readFile(`${root}${pathname}`))
}

/** The longest first, so that nothing long is left to the end: what runs whole commands, then what starts many processes. */
const longFirst = [/end-to-end\/quickstart/, /end-to-end\/readme/, /end-to-end\//, /killed/, /publish/, /docs/, /unchanged/]

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const found = longFirst.findIndex((pattern) => pattern.test(moduleId))
      return found < 0 ? longFirst.length : found
    }
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b))
  }
}

/** Tests of the API, which run in workerd and, with what Cloudflare gives replaced, against the server on Node. */
const apiTests = [
  'test/worker/{app,client,same-answer}.test.ts',
  'test/worker/middleware/{bearer-keys,error-envelope}.test.ts',
  'test/worker/routes/*.test.ts',
  'test/worker/dispatch/classify-texts.test.ts',
  'test/worker/host/{bad-prompts,resident-models}.test.ts',
]
const served = (file: string) => `${root}test/fixtures/served/${file}`

export default defineConfig({
  test: {
    testTimeout: 120_000,
    hookTimeout: 120_000,
    globalSetup: './test/fixtures/temporary-folders.ts',
    env: { FORCE_COLOR: '0' }, // what is printed is looked at without its colours
    // as many as two cores keep busy: a test that runs a command waits for it most of the time
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        extends: true,
        plugins: [cloudflareTest({ wrangler: { configPath: './wrangler.toml' }, miniflare: { serviceBindings: { DISK: disk } } })],
        test: {
          name: 'worker',
          include: ['test/worker/**/*.test.ts'],
          // one workerd for all files, since each would load ONNX Runtime anew; every test has tasks of its own names
          isolate: false,
          maxWorkers: 1,
          sequence: { groupOrder: 1 }, // projects of one group share their number of workers
        },
      },
      {
        extends: true,
        resolve: {
          alias: [
            { find: 'cloudflare:workers', replacement: served('workers.ts') },
            { find: 'cloudflare:test', replacement: served('cloudflare-test.ts') },
            { find: /^.*\/fixtures\/worker\/service\.ts$/, replacement: served('service.ts') },
          ],
        },
        test: { name: 'served', include: apiTests },
      },
      {
        extends: true,
        test: {
          name: 'node',
          include: ['test/**/*.test.ts'],
          exclude: ['test/worker/**', 'test/end-to-end/**', 'test/unchanged/**', 'test/**/*.browser.test.ts', 'node_modules/**'],
          isolate: false, // loading TensorFlow.js, wrangler and ONNX Runtime anew for each file took as long as the tests
          unstubEnvs: true,
          unstubGlobals: true,
        },
      },
      {
        extends: true,
        // on the backend whose numbers are the same everywhere
        test: { name: 'unchanged', include: ['test/unchanged/**/*.test.ts'], env: { FORCE_COLOR: '0', SOFTPROMPT_TFJS: 'javascript' } },
      },
      {
        extends: true,
        // what a page does, in Chromium: one at a time, since its WebGPU is computed on all cores
        test: { name: 'browser', include: ['test/**/*.browser.test.ts'], maxWorkers: 1, sequence: { groupOrder: 2 } },
      },
      {
        extends: true,
        test: { name: 'end-to-end', include: ['test/end-to-end/**/*.test.ts'], exclude: ['test/**/*.browser.test.ts'] },
      },
    ],
  },
})
