import { cpSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseCard } from '../../shared/formats/card.ts'
import { ModelCard } from '../../shared/formats/model-card.ts'
import { temporaryFolder } from '../fixtures/imported-model.ts'
import { shell, start } from '../fixtures/npm.ts'
import { root } from '../fixtures/root.ts'
import { type S3Server, startS3Server } from '../fixtures/s3-server.ts'
import { bundledProgram } from '../fixtures/started-command.ts'
import { writeRandomPrompt } from '../fixtures/written-prompt.ts'

const guide = readFileSync(join(root, 'docs/serve.md'), 'utf8')
/** The lines of shell that the guide shows. */
const commands = [...guide.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, block]) => block!.trim().split('\n'))
const serving = commands.filter((line) => line.startsWith('npx softprompt serve') && !line.includes('--r2'))
const publishing = commands.filter((line) => line.startsWith('npx softprompt publish') || line.startsWith('mkdir'))
const folder = temporaryFolder()
let server: S3Server | null
let env: Record<string, string> = {}

/** A line as it is run here: from the sources, with a free port. */
const here = (line: string) =>
  line.replace('npx softprompt serve', 'npx softprompt serve --port 0 --json').replace('npx softprompt', `node ${bundledProgram()}`)

beforeAll(async () => {
  cpSync(join(root, 'models/default'), join(folder, 'models/default'), { recursive: true })
  mkdirSync(join(folder, 'runs'))
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction')
  const card = parseCard(ModelCard, readFileSync(join(root, 'models/default/model.json'), 'utf8'), 'the model', 'invalid_model')
  await writeRandomPrompt(join(folder, 'runs/routing'), card, { task: 'routing', card: { kind: 'prefix', virtualTokens: 5 } })
  server = await startS3Server()
  for (const bucket of ['bucket', 'softprompt']) await server?.makeBucket(bucket)
  env = { API_KEYS: '', ...server?.env }
}, 600_000)
afterAll(() => server?.stop())

test('every line of shell in the guide is one of those that are run below, or starts a container', () => {
  const others = commands.filter((line) => !serving.includes(line) && !publishing.includes(line))
  for (const line of others) expect(line).toMatch(/^(export AWS_|docker (build|run) )/)
  expect([serving.length, publishing.length]).toEqual([3, 3])
})

describe('what the guide shows', () => {
  test.each(publishing)('%s', { timeout: 120_000 }, async (line) => {
    if (server === null && line.includes('s3://')) return
    const { code, stderr } = await shell(here(line), { cwd: folder, env })
    expect(stderr).not.toMatch(/^ {4}at /m)
    expect(code).toBe(0)
  })

  test.each(serving)('%s', { timeout: 120_000 }, async (line) => {
    if (server === null && line.includes('s3://')) return
    const child = start(`exec ${here(line)}`, { cwd: folder, env })
    const said = await new Promise<string>((resolve, reject) => {
      child.stdout!.once('data', (chunk) => resolve(String(chunk)))
      child.once('exit', (code) => reject(new Error(`it ended with code ${code}`)))
    })
    const ended = new Promise((resolve) => child.once('exit', resolve))
    try {
      expect(await (await fetch(`${JSON.parse(said).url}/healthz`)).json()).toEqual({ status: 'ok' })
    } finally {
      child.kill('SIGTERM')
    }
    expect(await ended).toBe(0)
  })

  test('npx softprompt serve --r2 says what it needs without a login', { timeout: 60_000 }, async () => {
    expect(guide).toContain('`npx softprompt serve --r2`')
    const nobody = { CLOUDFLARE_API_TOKEN: '', CLOUDFLARE_API_BASE_URL: 'http://127.0.0.1:9', HOME: '/nonexistent', XDG_CONFIG_HOME: '/nonexistent', CI: '1' } // biome-ignore format: a list
    const { code, stderr } = await shell(here(`npx softprompt serve --r2 --config ${join(root, 'wrangler.toml')}`), {
      cwd: folder,
      env: nobody,
    })
    expect(code).toBe(1)
    expect(stderr).toMatch(/wrangler login/)
  })
})
