// Runs the main.ts of a folder beside this file: `node run-main.mjs bench …`. It is bundled first, since Node 20 reads no TypeScript.
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'

const [folder] = process.argv.splice(2, 1) // main.ts sees what comes behind it
const here = (path) => fileURLToPath(new URL(path, import.meta.url))
const outfile = here(`../dist/${folder}/${folder}.mjs`)
await build({
  entryPoints: [here(`${folder}/main.ts`)],
  outfile,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  packages: 'external',
  logLevel: 'warning',
})
await import(pathToFileURL(outfile).href)
