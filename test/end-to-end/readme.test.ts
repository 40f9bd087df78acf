import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { answering, shell, start, stop } from '../fixtures/npm.ts'
import { root } from '../fixtures/root.ts'

const readme = readFileSync(join(root, 'README.md'), 'utf8')
/** The lines of shell that the README shows, without comments. */
const commands = [...readme.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, block]) => block!.split('\n')).map((line) => line.replace(/\s+#.*$/, '').trim()).filter(Boolean) // biome-ignore format: one thought

/** Commands that another test runs whole, or that need an account at Cloudflare: what is run of them here. */
const training = 'npx softprompt train --task routing --train examples/support-routing/train.jsonl --dev examples/support-routing/dev.jsonl'
const instead: Record<string, string | null> = {
  'npm run quickstart': null, // quickstart.test.ts
  'npm test': null, // this very run
  'npm run dev': null, // below, in the background
  [training]: `${training} --steps 40 --force`, // quickstart.test.ts learns from the same file to the end
  'npx wrangler secret put API_KEYS': 'npx wrangler secret put --help',
  'npm run deploy': 'npm run deploy -- --dry-run --outdir node_modules/.cache/deploy',
}
const served = commands.filter((line) => line.startsWith('curl'))
const remote = commands.filter((line) => line.includes('--remote'))
const local = commands.filter((line) => !served.includes(line) && !remote.includes(line))

describe('every command of the README', () => {
  test('there are some', () => {
    expect(commands).toContain(training)
    expect(local.length).toBeGreaterThan(7)
    expect(served.length).toBeGreaterThan(0)
  })

  test.each(local.map((line) => [line] as const))('%s', { timeout: 300_000 }, async (line) => {
    const run = line in instead ? instead[line] : line
    if (run === null || run === undefined) return expect(line).toMatch(/^npm (run quickstart|test|run dev)$/)
    const { code, stderr } = await shell(run, { env: { CI: '1', WRANGLER_SEND_METRICS: 'false' } })
    expect(stderr).not.toMatch(/^ {4}at /m)
    expect(code).toBe(0)
  })

  test.each(remote.map((line) => [line] as const))('%s says what it needs without a login', { timeout: 60_000 }, async (line) => {
    const env = {
      CLOUDFLARE_API_TOKEN: '',
      CLOUDFLARE_API_BASE_URL: 'http://127.0.0.1:9',
      HOME: '/nonexistent',
      XDG_CONFIG_HOME: '/nonexistent',
      CI: '1',
    }
    const { code, stderr } = await shell(line, { env })
    expect(code).toBe(1)
    expect(stderr).toMatch(/wrangler login/)
  })

  test('npm run dev serves what was published, and the calls are answered', { timeout: 120_000 }, async () => {
    const dev = start('npm run dev', { env: { CI: '1', WRANGLER_SEND_METRICS: 'false' } })
    try {
      await answering('http://localhost:8787/healthz', dev)
      for (const line of served) {
        const { stdout } = await shell(`${line} --silent --show-error`)
        expect(JSON.parse(stdout)).toMatchObject({ task: 'routing', results: [{ label: expect.any(String) }] })
      }
    } finally {
      await stop(dev)
    }
  })
})
