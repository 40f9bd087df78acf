// Bundles `softprompt serve` and its pages into a folder: with onnxruntime-node beside it, it needs no other package.
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const [outdir = 'dist-server'] = process.argv.slice(2)
await build({
  entryPoints: { softprompt: fileURLToPath(new URL('cli/serve-only.ts', import.meta.url)) },
  outdir,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  splitting: true, // wrangler is loaded where its bucket is asked for, which a container does not
  minify: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  external: ['onnxruntime-node', 'wrangler', 'miniflare'],
  banner: { js: "import { createRequire as madeBy } from 'node:module'; const require = madeBy(import.meta.url);" },
  logLevel: 'warning',
})
mkdirSync(outdir, { recursive: true })
writeFileSync(`${outdir}/package.json`, '{ "type": "module" }\n')
const site = `${outdir}/dist/worker/site`
for (const [part, folder] of [
  ['playground', site],
  ['browser', `${site}/browser`],
])
  execFileSync(process.execPath, [fileURLToPath(new URL(`../worker/${part}/bundle.mjs`, import.meta.url)), folder], { stdio: 'inherit' })
