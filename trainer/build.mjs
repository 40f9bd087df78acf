// Compiles the command line to dist/, beside it first: npx builds a checkout before it runs a command of it, maybe while another runs.
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const compiler = createRequire(import.meta.url).resolve('typescript/bin/tsc')
const folder = mkdtempSync(`${root}.dist-`)
const incoming = `${folder}/new`
try {
  const { status } = spawnSync(process.execPath, [compiler, '-p', `${root}tsconfig.build.json`, '--outDir', incoming], { stdio: 'inherit' })
  if (status !== 0) process.exitCode = status ?? 1
  else {
    chmodSync(`${incoming}/trainer/cli/softprompt.js`, 0o755)
    replace(`${root}dist`)
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
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
