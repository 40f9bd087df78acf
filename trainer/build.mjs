// Compiles the command line and the client to dist/, beside it first: npx builds a checkout before it runs a command of it, maybe while
// another runs.
import { spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const compiler = createRequire(import.meta.url).resolve('typescript/bin/tsc')
const folder = mkdtempSync(`${root}.dist-`)
const incoming = `${folder}/new`
try {
  const statuses = await Promise.all([compile('tsconfig.build.json', incoming), compile('worker/tsconfig.client.json', `${folder}/client`)])
  const failed = statuses.find((status) => status !== 0)
  if (failed !== undefined) process.exitCode = failed ?? 1
  else {
    chmodSync(`${incoming}/trainer/cli/softprompt.js`, 0o755)
    takeClient()
    replace(`${root}dist`)
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}

/** The exit code of the compiler for `project`. */
function compile(project, outDir) {
  const child = spawn(process.execPath, [compiler, '-p', `${root}${project}`, '--outDir', outDir], { stdio: 'inherit' })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
}

/** Of what the client was compiled with, its own two files: their types stand for themselves and don't name the Worker's. */
function takeClient() {
  mkdirSync(`${incoming}/worker`, { recursive: true })
  for (const file of ['client.js', 'client.d.ts']) renameSync(`${folder}/client/worker/${file}`, `${incoming}/worker/${file}`)
}

/** Puts what was compiled in the place of `target`, and again where another build has done so meanwhile. */
function replace(target) {
  for (let attempt = 0; ; attempt++) {
    try {
      if (existsSync(target)) renameSync(target, `${folder}/old-${attempt}`)
      return renameSync(incoming, target)
    } catch (error) {
      if (attempt === 9) throw error
    }
  }
}
