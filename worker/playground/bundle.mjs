// Makes the folder of static files that the Worker has beside it, the playground and the API's documentation: `node bundle.mjs FOLDER`.
// site-headers.json says what all are served with: nothing inline, nothing from elsewhere but Swagger UI's own images, and the isolation that
// WebAssembly's threads want.
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const here = dirname(fileURLToPath(import.meta.url))
const swagger = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'))
const options = { bundle: true, minify: true, format: 'esm', target: 'es2023', logLevel: 'warning', legalComments: 'none' }

async function bundle(folder) {
  await mkdir(join(folder, 'docs'), { recursive: true })
  await Promise.all([
    build({
      ...options,
      entryPoints: { playground: join(here, 'main.tsx'), 'docs/start': join(here, 'docs.ts') },
      outdir: folder,
      splitting: true, // what is imported where it is needed is a file of its own
      alias: { 'softprompt/client': join(here, '../client.ts') }, // dist may be older
      jsx: 'automatic',
      jsxImportSource: 'preact',
    }),
    build({ ...options, entryPoints: { playground: join(here, 'playground.css'), 'docs/docs': join(here, 'docs.css') }, outdir: folder }),
    writeHeaders(join(folder, '_headers')),
    ...['index.html', 'docs.html', 'icon.svg'].map((file) => copyFile(join(here, file), join(folder, file))),
    ...['swagger-ui.css', 'swagger-ui-bundle.js', 'LICENSE'].map((file) => copyFile(join(swagger, file), join(folder, 'docs', file))),
  ])
}

/** In the format of Cloudflare's static assets. */
async function writeHeaders(path) {
  const headers = JSON.parse(await readFile(join(here, '../site-headers.json'), 'utf8'))
  const lines = Object.entries(headers).map(([name, value]) => `  ${name}: ${value}\n`)
  await writeFile(path, `/*\n${lines.join('')}`)
}

await bundle(process.argv[2])
