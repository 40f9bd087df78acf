// Compiles the command line, the client, the engine for pages and the Worker's own pages to dist/, beside it first: npx builds a checkout
// before it runs a command of it, maybe while another runs.
import { spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const compiler = createRequire(import.meta.url).resolve('typescript/bin/tsc')
const folder = mkdtempSync(`${root}.dist-`)
const incoming = `${folder}/new`
try {
  const statuses = await Promise.all([
    compile('tsconfig.build.json', incoming),
    compile('worker/tsconfig.client.json', `${folder}/client`),
    compile('worker/tsconfig.browser.json', `${folder}/browser`),
    run('worker/playground/bundle.mjs', `${folder}/site`),
    run('worker/browser/bundle.mjs', `${folder}/site/browser`),
  ])
  const failed = statuses.find((status) => status !== 0)
  if (failed !== undefined) process.exitCode = failed ?? 1
  else {
    chmodSync(`${incoming}/trainer/cli/softprompt.js`, 0o755)
    takeFiles()
    const { projectSchema } = await import(pathToFileURL(`${incoming}/trainer/project/project-file.js`).href)
    writeFileSync(`${incoming}/softprompt.schema.json`, `${JSON.stringify(projectSchema(), null, 2)}\n`)
    replace(`${root}dist`)
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}

/** The exit code of the compiler for `project`. */
function compile(project, outDir) {
  return run(compiler, '-p', `${root}${project}`, '--outDir', outDir)
}

/** The exit code of a script. */
function run(script, ...args) {
  const child = spawn(process.execPath, [script, ...args], { cwd: root, stdio: 'inherit' })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
}

/** Of what the client and the browser's module were compiled with, their own files: their types stand for themselves and don't name the Worker's. */
function takeFiles() {
  mkdirSync(`${incoming}/worker/browser`, { recursive: true })
  renameSync(`${folder}/site`, `${incoming}/worker/site`)
  const taken = {
    client: ['worker/client.js', 'worker/client.d.ts'],
    browser: ['worker/browser/index.d.ts', 'worker/browser/api.d.ts', 'shared/error.d.ts'],
  }
  for (const [from, files] of Object.entries(taken))
    for (const file of files) renameSync(`${folder}/${from}/${file}`, `${incoming}/${file}`)
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
