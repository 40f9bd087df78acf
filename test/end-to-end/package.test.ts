import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { shell } from '../fixtures/npm.ts'
import { root } from '../fixtures/root.ts'
import { typeErrors } from '../fixtures/type-errors.ts'

/** What the README shows of the client, and what must not compile. */
const use = `
declare const process: { env: Record<string, string> }
${/```ts\n(.*?)```/s.exec(readFileSync(join(root, 'README.md'), 'utf8'))?.[1]}
export const labels: (string | null)[] = results.map(({ label }) => label)
// @ts-expect-error: a text is wanted
export const wrong = () => client.v1.classify.$post({ json: { inputs: [{ task: 'mood', input: 3 }] } })
`

/** What the README shows of the page's module. */
const inPage = `${/```ts\n(import \{ loadTask \}.*?)```/s.exec(readFileSync(join(root, 'README.md'), 'utf8'))?.[1]}
export const sure: boolean = probability > 0.5 && label !== ''
// @ts-expect-error: a device that there is not
export const wrong = () => loadTask('https://softprompt.example', { device: 'npu' })
`

/** A project file with the types that it has, and what must not compile. */
const project = (train: string) => `
import { defineConfig } from 'softprompt/config'

export default defineConfig({ defaults: { steps: 2, minimum: { accuracy: 0.5 } }, tasks: { mood: { train: '${train}', seed: 7 } } })
// @ts-expect-error: a method that there is not
export const wrong = () => defineConfig({ tasks: { mood: { train: 'train.jsonl', method: 'lora' } } })
`

/** What docs/library.md shows, each a program of its own. */
const programs = [...readFileSync(join(root, 'docs/library.md'), 'utf8').matchAll(/```js\n([\s\S]*?)```/g)].map(([, block]) => block!)
const declared = 'declare const console: { log(line: string): void }\n'

/** What of the library must not compile. */
const misused = `
import { publish, train } from 'softprompt/trainer'
// @ts-expect-error: a method that there is not
export const wrong = () => train({ task: 'mood', train: 'train.jsonl', method: 'lora' })
// @ts-expect-error: a package is wanted
export const none = () => publish({ store: 'bucket' })
`

const running = `
import { createClient } from 'softprompt/client'

console.log(String(createClient('http://localhost:8787').v1.tasks.$url({ query: { limit: 20 } })))
`

test('the packed tarball installs elsewhere, runs, and brings the model along', { timeout: 600_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'softprompt-packed-'))
  const packed = await shell(`npm pack --silent --ignore-scripts --pack-destination ${folder}`, { cwd: root })
  expect(packed.code).toBe(0)
  const tarball = packed.stdout.trim().split('\n').at(-1)!
  const elsewhere = { cwd: folder, env: { ONNXRUNTIME_NODE_INSTALL: 'skip' } }
  const installed = await shell(`npm init --yes && npm install --no-audit --no-fund --loglevel=error ./${tarball}`, elsewhere)
  expect(installed.stderr).not.toMatch(/npm error/)
  expect(installed.code).toBe(0)

  expect((await shell('npx softprompt --version', elsewhere)).stdout.trim()).toMatch(/^\d+\.\d+\.\d+$/)
  const examples = 'node_modules/softprompt/examples/sentiment'
  const trained = await shell(
    `npx softprompt train --task mood --train ${examples}/train.jsonl --dev ${examples}/dev.jsonl --steps 2 --json`,
    elsewhere,
  )
  expect(trained.stderr).not.toMatch(/^ {4}at /m)
  expect(JSON.parse(trained.stdout.trimEnd().split('\n').at(-1)!)).toMatchObject({ task: 'mood', steps: 2 })

  // the Worker, as the README says to set it up in a project of one's own
  const config = readFileSync(join(folder, 'node_modules/softprompt/wrangler.toml'), 'utf8')
    .replace('main = "worker/index.ts"', 'main = "node_modules/softprompt/worker/index.ts"')
    .replace('directory = "dist/worker/site"', 'directory = "node_modules/softprompt/dist/worker/site"')
  writeFileSync(join(folder, 'wrangler.toml'), config)
  const deployed = await shell('npx wrangler deploy --dry-run --outdir bundle', elsewhere)
  expect([deployed.code, deployed.stdout]).toEqual([0, expect.stringContaining('env.BUCKET (softprompt)')])

  // softprompt/client: its types need nothing that the package doesn't bring, and it runs
  writeFileSync(join(folder, 'use.mts'), use)
  expect(typeErrors(join(folder, 'use.mts'))).toEqual([])
  // softprompt/browser likewise; its files are there for a page
  writeFileSync(join(folder, 'page.mts'), inPage)
  expect(typeErrors(join(folder, 'page.mts'))).toEqual([])
  const files = readdirSync(join(folder, 'node_modules/softprompt/dist/worker/site/browser'))
  expect(files).toEqual(expect.arrayContaining(['index.js', 'engine.js', 'ort.wasm.min.mjs', 'ort-wasm-simd-threaded.asyncify.bin']))

  // softprompt/config likewise, and what it makes is read; editors find the schema
  writeFileSync(join(folder, 'softprompt.config.ts'), project(`${examples}/train.jsonl`))
  expect(typeErrors(join(folder, 'softprompt.config.ts'))).toEqual([])
  const planned = await shell('npx softprompt train --dry-run --json', elsewhere)
  expect(JSON.parse(planned.stdout.trimEnd().split('\n').at(-1)!)).toMatchObject({ tasks: [{ task: 'mood', train: true }] })
  const schema = readFileSync(join(folder, 'node_modules/softprompt/dist/softprompt.schema.json'), 'utf8')
  expect(JSON.parse(schema)).toMatchObject({ type: 'object', required: ['tasks'] })

  // softprompt/trainer likewise, however modules are found; what its page shows runs, and ends by itself
  for (const split of ['train', 'dev', 'test']) {
    const lines = readFileSync(join(folder, examples, `${split}.jsonl`), 'utf8').split('\n')
    writeFileSync(join(folder, `${split}.jsonl`), lines.slice(0, 64).join('\n'))
  }
  mkdirSync(join(folder, 'bucket'))
  writeFileSync(join(folder, 'misused.mts'), misused)
  for (const moduleResolution of ['NodeNext', 'Node16', 'Bundler'] as const)
    expect(typeErrors(join(folder, 'misused.mts'), moduleResolution)).toEqual([])
  expect(programs).toHaveLength(3)
  for (const [i, program] of programs.entries()) {
    writeFileSync(join(folder, `program-${i}.mts`), declared + program)
    expect(typeErrors(join(folder, `program-${i}.mts`))).toEqual([])
    writeFileSync(join(folder, `program-${i}.mjs`), program)
    expect(await shell(`node program-${i}.mjs`, elsewhere)).toMatchObject({ code: 0, stderr: '' })
  }
  expect(readdirSync(join(folder, 'bucket/tasks'))).toEqual(['fast.json', 'routing.json'])
  const inside = await shell(`node --input-type=module --eval "import 'softprompt/dist/trainer/library/run.js'"`, elsewhere)
  expect(inside.stderr).toContain('ERR_PACKAGE_PATH_NOT_EXPORTED')

  writeFileSync(join(folder, 'use.mjs'), running)
  expect(await shell('node use.mjs', elsewhere)).toEqual({ code: 0, stdout: 'http://localhost:8787/v1/tasks?limit=20\n', stderr: '' })
})
