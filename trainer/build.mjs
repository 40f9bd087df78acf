// Compiles the command line, the client and the Worker's pages to dist/, beside it first: npx builds a checkout before it runs a command of it, maybe while
// another runs.
import { spawn } from 'node:child_process'
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

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
    await buildSite(`${incoming}/worker/site`)
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
  mkdirSync(`${incoming}/worker`)
  for (const file of ['client.js', 'client.d.ts']) renameSync(`${folder}/client/worker/${file}`, `${incoming}/worker/${file}`)
}

/** The pages: the playground and the API's documentation, with the headers that they are served with. */
async function buildSite(site) {
  const playground = `${root}worker/playground`
  const swagger = createRequire(import.meta.url)
    .resolve('swagger-ui-dist/package.json')
    .replace(/package\.json$/, '')
  const options = { bundle: true, minify: true, format: 'esm', target: 'es2023', logLevel: 'warning', legalComments: 'none' }
  mkdirSync(`${site}/docs`, { recursive: true })
  await build({
    ...options,
    entryPoints: { playground: `${playground}/main.tsx`, 'docs/start': `${playground}/docs.ts` },
    outdir: site,
    alias: { 'softprompt/client': `${root}worker/client.ts` },
    jsx: 'automatic',
    jsxImportSource: 'preact',
  })
  await build({ ...options, entryPoints: [`${playground}/playground.css`], outdir: site })
  for (const file of ['index.html', 'docs.html', 'icon.svg']) copyFileSync(`${playground}/${file}`, `${site}/${file}`)
  for (const file of ['swagger-ui.css', 'swagger-ui-bundle.js', 'LICENSE']) copyFileSync(`${swagger}${file}`, `${site}/docs/${file}`)
  const { outputFiles } = await build({ ...options, entryPoints: [`${playground}/headers.ts`], write: false })
  const { siteHeaders } = await import(`data:text/javascript,${encodeURIComponent(outputFiles[0].text)}`)
  const lines = Object.entries(siteHeaders).map(([name, value]) => `  ${name}: ${value}\n`)
  writeFileSync(`${site}/_headers`, `/*\n${lines.join('')}`)
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
