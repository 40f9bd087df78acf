import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { type BucketOptions, openBucket } from '../../../../trainer/publish/bucket/wrangler.ts'
import { runNode } from '../../../fixtures/child-process.ts'
import { softprompt } from '../../../fixtures/command-line.ts'
import { temporaryFolder } from '../../../fixtures/imported-model.ts'
import { configPath } from '../../../fixtures/local-bucket.ts'

const folder = temporaryFolder()
const never = new AbortController().signal
const at = (...names: string[]) => join(folder, ...names)

/** A configuration in a folder of its own. */
async function configuration(name: string, text: string): Promise<string> {
  await mkdir(at(name), { recursive: true })
  await writeFile(at(name, 'wrangler.toml'), text)
  return at(name, 'wrangler.toml')
}

/** Puts a key into the bucket that `options` open, and gives where that is and the keys that are then in it. */
async function put(key: string, options: Omit<BucketOptions, 'remote'>): Promise<{ keys: string[]; where: string }> {
  const { bucket, where, close } = await openBucket({ remote: false, ...options }, never)
  await bucket.put(key, key)
  const { objects } = await bucket.list()
  const keys = objects.map((object) => object.key)
  await close()
  return { keys, where }
}

const environments = `
name = "app"
compatibility_date = "2026-04-01"
[[r2_buckets]]
binding = "BUCKET"
bucket_name = "live"
preview_bucket_name = "preview"
[[env.staging.r2_buckets]]
binding = "BUCKET"
bucket_name = "staging"
[env.bare]
`

test('the local bucket is where wrangler keeps it: beside the configuration, or where --persist-to says', async () => {
  const config = await configuration('default', environments)
  await put('beside', { config })
  expect(await readdir(at('default'))).toContain('.wrangler')
  expect((await put('elsewhere', { config, persistTo: at('persisted') })).keys).toEqual(['elsewhere'])
  expect((await put('again', { config })).keys).toEqual(['again', 'beside'])
})

test('environments and the preview name are different buckets, as in wrangler dev', async () => {
  const config = await configuration('environments', environments)
  const preview = await put('a', { config })
  expect(preview).toEqual({ keys: ['a'], where: expect.stringContaining('local bucket preview') })
  const named = await put('b', { config, env: 'staging' })
  expect(named).toEqual({ keys: ['b'], where: expect.stringContaining('local bucket staging') })
})

test('nothing temporary is left behind', async () => {
  await mkdir(at('temporary'))
  vi.stubEnv('TMPDIR', at('temporary')) // its own: other tests use the machine's meanwhile
  expect(tmpdir()).toBe(at('temporary'))
  await put('a', { config: await configuration('clean', environments) })
  vi.unstubAllEnvs()
  const left = (await readdir(at('temporary'))).filter((name) => name.startsWith('softprompt-'))
  expect(left).toEqual([])
})

describe('a configuration that does not say which bucket is meant is wrong use', () => {
  const cases: [string, string, string | undefined, string][] = [
    ['not there', '', undefined, 'Name the file with --config'],
    ['not TOML', 'name = [', undefined, 'Name the file with --config'],
    ['without a bucket', 'name = "app"', undefined, 'binding = "BUCKET"'],
    ['with another binding', '[[r2_buckets]]\nbinding = "OTHER"\nbucket_name = "other"', undefined, 'binding = "BUCKET"'],
    ['without the environment', environments, 'production', 'production'],
    ['without any environments', environments.split('[[env')[0]!, 'production', 'has none'],
    ['with nothing in the environment', environments, 'bare', 'under environment bare'],
  ]
  test.each(cases)('%s', async (what, text, env, message) => {
    const config = what === 'not there' ? at('nowhere.toml') : await configuration(`wrong-${what}`, text)
    await expect(openBucket({ remote: false, config, env }, never)).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining(message),
    })
  })
})

describe.concurrent('in processes of their own', () => {
  test('what is stored, wrangler r2 object get --local reads', async () => {
    const persistTo = at('shared')
    await put('tasks/spam.json', { config: configPath, persistTo })
    const wrangler = join(configPath, '../node_modules/wrangler/bin/wrangler.js')
    const { code, stdout, stderr } = await runNode(wrangler, [
      'r2',
      'object',
      'get',
      'softprompt/tasks/spam.json',
      '--local',
      '--persist-to',
      persistTo,
      '--pipe',
      '--config',
      configPath,
    ])
    expect(code, stderr).toBe(0)
    expect(stdout).toBe('tasks/spam.json')
  })

  const home = { HOME: at('home'), XDG_CONFIG_HOME: at('home'), CLOUDFLARE_API_TOKEN: '', CLOUDFLARE_ACCOUNT_ID: '' }

  test('the remote bucket without a login says how to log in, and the process ends', async () => {
    const { code, json } = await softprompt(['list', '--remote', '--config', configPath, '--json'], home)
    expect(code).toBe(1)
    expect(json).toMatchObject({ error: { code: 'storage', message: expect.stringMatching(/remote bucket softprompt.*wrangler login/s) } })
  })

  test('the remote bucket is asked for at Cloudflare with wrangler’s token; a refusal is told, and the process ends', async () => {
    const asked: string[] = []
    const cloudflare = createServer((request, response) => {
      asked.push(`${request.headers.authorization} ${request.url}`)
      response.writeHead(403, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ success: false, errors: [{ code: 10000, message: 'No such token' }], messages: [], result: null }))
    })
    await new Promise<void>((resolve) => cloudflare.listen(0, '127.0.0.1', resolve))
    const { port } = cloudflare.address() as AddressInfo
    const api = {
      CLOUDFLARE_API_BASE_URL: `http://127.0.0.1:${port}`,
      CLOUDFLARE_API_TOKEN: 'a-token',
      CLOUDFLARE_ACCOUNT_ID: 'an-account',
    }
    const { code, json } = await softprompt(['list', '--remote', '--config', configPath, '--json'], { ...home, ...api })
    cloudflare.close()
    expect(code).toBe(1)
    expect(json).toMatchObject({ error: { code: 'storage', message: expect.stringContaining('No such token') } })
    expect(asked[0]).toMatch(/^Bearer a-token \/accounts\/an-account\//)
  })
})
