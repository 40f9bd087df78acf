import { readFileSync, statSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { readSettings } from '../../worker/settings.ts'
import { runNode } from '../fixtures/child-process.ts'
import { temporaryFolder } from '../fixtures/imported-model.ts'
import { root } from '../fixtures/root.ts'

const require = createRequire(import.meta.url)
const folder = temporaryFolder()
const at = (name: string) => join(folder, name)
const wrangler = (...args: string[]) =>
  runNode(join(root, 'node_modules/wrangler/bin/wrangler.js'), args, { CI: '1', WRANGLER_SEND_METRICS: 'false' })
const compressed = (path: string) => gzipSync(readFileSync(path)).length

test('the Worker’s bundle is ONNX Runtime and at most a tenth more, compressed, and of a size that Cloudflare takes', async () => {
  const { code, stdout } = await wrangler('deploy', '--dry-run', '--outdir', at('worker'))
  expect(code).toBe(0)
  const files = (await readdir(at('worker'))).filter((file) => /\.(js|wasm)$/.test(file)).map((file) => join(at('worker'), file))
  expect(files.length).toBe(2)
  const sum = (bytes: readonly number[]) => bytes.reduce((total, count) => total + count)
  const runtime = require.resolve('onnxruntime-web/wasm').replace(/[^/]*$/, '')
  const own = ['ort-wasm-simd-threaded.wasm', 'ort.wasm.min.mjs', 'ort-wasm-simd-threaded.mjs'].map((file) =>
    compressed(join(runtime, file)),
  )
  expect(sum(files.map(compressed)) / sum(own)).toBeLessThan(1.1)
  expect(sum(files.map((path) => statSync(path).size))).toBeLessThan(64 * 2 ** 20)
  expect(sum(files.map(compressed))).toBeLessThan(10e6) // the limit of older copies of Cloudflare's page
  expect(stdout).toContain('env.BUCKET (softprompt) ')
})

test('the Worker starts up', async () => {
  const { code } = await wrangler('check', 'startup', '--outfile', at('startup.cpuprofile'))
  expect(code).toBe(0)
  const { startTime, endTime } = JSON.parse(await readFile(at('startup.cpuprofile'), 'utf8')) as { startTime: number; endTime: number }
  console.info(`The Worker's start-up took ${((endTime - startTime) / 1000).toFixed(0)} ms.`)
  expect(endTime).toBeGreaterThan(startTime)
})

test('an environment has a bucket and hosts of its own', async () => {
  const { code, stdout, stderr } = await wrangler('deploy', '--dry-run', '--env', 'staging', '--outdir', at('staging'))
  expect(code).toBe(0)
  expect(stdout + stderr).not.toContain('WARNING')
  expect(stdout).toContain('env.BUCKET (softprompt-staging) ')
  expect(stdout).toContain('env.MODEL_HOST (ModelHost) ')
})

test('every file of the site is one that Cloudflare takes', async () => {
  const site = join(root, 'dist/worker/site')
  const files = (await readdir(site, { recursive: true, withFileTypes: true })).filter((file) => file.isFile())
  expect(files.length).toBeGreaterThan(10)
  for (const { parentPath, name } of files) expect(statSync(join(parentPath, name)).size).toBeLessThanOrEqual(25 * 2 ** 20)
})

test('wrangler.toml shows every setting with its default', () => {
  const shown = [...readFileSync(join(root, 'wrangler.toml'), 'utf8').matchAll(/^# ([A-Z_]+) = (.+)$/gm)].map(([, name, value]) => [
    name,
    JSON.parse(value as string),
  ])
  const defaults = Object.entries(readSettings({}, '')).map(([name, value]) => [name, Array.isArray(value) ? value.join() : value])
  expect(Object.fromEntries(shown)).toEqual(Object.fromEntries(defaults))
})

test('the deploy button finds what it asks for: a description of each secret and binding, and the command', () => {
  const { cloudflare, scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const secrets = [...readFileSync(join(root, '.dev.vars.example'), 'utf8').matchAll(/^([A-Z_]+)=/gm)].map(([, name]) => name)
  expect(secrets).toEqual(['API_KEYS'])
  expect(Object.keys(cloudflare.bindings).sort()).toEqual(['API_KEYS', 'BUCKET', 'MODEL_HOST'])
  expect(scripts.deploy).toBe('wrangler deploy')
})
