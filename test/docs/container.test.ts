import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../fixtures/imported-model.ts'
import { pythonPrograms } from '../fixtures/python-program.ts'
import { root } from '../fixtures/root.ts'

const run = promisify(execFile)
const dockerfile = readFileSync(join(root, 'Dockerfile'), 'utf8')

test('the Dockerfile has nothing that hadolint would change', async (context) => {
  const programs = await pythonPrograms('hadolint', 'test/fixtures/hadolint-requirements.txt').catch((error) => {
    if (process.env.CI) throw error
    context.skip(`hadolint cannot be installed: ${(error as Error).message.trim().split('\n').at(-1)}`)
  })
  const { stdout } = await run(join(programs as string, 'hadolint'), [join(root, 'Dockerfile')]).catch((error) => error)
  expect(stdout).toBe('')
})

test('what it copies is there, and it runs as no root', () => {
  const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, names]) => names!.split(' '))
  expect(copied).toContain('worker')
  expect(copied.filter((name) => !existsSync(join(root, name)))).toEqual([])
  const allowed = readFileSync(join(root, '.dockerignore'), 'utf8')
  for (const name of copied) expect(allowed).toContain(`!${name}\n`)
  expect(dockerfile).toMatch(/^USER 1000$/m)
  expect(dockerfile).toMatch(/^HEALTHCHECK [\s\S]*\/healthz/m)
})

test('the bundle that the image runs needs ONNX Runtime alone, and serves', async () => {
  const folder = join(temporaryFolder(), 'server')
  await run(process.execPath, [join(root, 'trainer/bundle-server.mjs'), folder], { cwd: root })
  mkdirSync(join(folder, 'node_modules'))
  for (const name of ['onnxruntime-node', 'onnxruntime-common']) symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name), 'junction') // biome-ignore format: one thought
  mkdirSync(join(folder, 'store'))
  const server = execFile(process.execPath, [
    join(folder, 'softprompt.mjs'),
    'serve',
    '--store',
    join(folder, 'store'),
    '--port',
    '0',
    '--json',
  ])
  try {
    const line = await new Promise<string>((resolve, reject) => {
      server.stdout!.once('data', (chunk) => resolve(String(chunk)))
      server.once('exit', (code) => reject(new Error(`it ended with ${code}`)))
    })
    const { url } = JSON.parse(line)
    expect(await (await fetch(`${url}/readyz`)).json()).toEqual({ status: 'empty' })
  } finally {
    server.kill()
  }
})
