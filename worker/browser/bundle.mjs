// Makes the folder that `softprompt/browser` is: index.js, engine.js, and the files of ONNX Runtime that it loads, beside them.
// `node bundle.mjs FOLDER`
import { createHash } from 'node:crypto'
import { copyFile, mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { build } from 'esbuild'

const here = dirname(fileURLToPath(import.meta.url))
const distribution = dirname(createRequire(import.meta.url).resolve('onnxruntime-web'))
const cache = join(here, '../../node_modules/.cache/softprompt-browser')

/** The builds of ONNX Runtime: what their names hold where the plain one's hold nothing. */
const builds = { wasm: ['wasm', ''], jspi: ['jspi', '.jspi'], webgpu: ['webgpu', '.asyncify'] }

await bundle(process.argv[2])

async function bundle(folder) {
  await mkdir(folder, { recursive: true })
  const binaries = {}
  for (const [name, [module, suffix]] of Object.entries(builds)) {
    await copyFile(join(distribution, `ort.${module}.min.mjs`), join(folder, `ort.${module}.min.mjs`))
    await copyFile(join(distribution, `ort-wasm-simd-threaded${suffix}.mjs`), join(folder, `ort-wasm-simd-threaded${suffix}.mjs`))
    const compressed = await compressedFile(join(distribution, `ort-wasm-simd-threaded${suffix}.wasm`))
    await writeFile(join(folder, `ort-wasm-simd-threaded${suffix}.bin`), compressed)
    binaries[name] = { bytes: compressed.length, sha256: sha256(compressed) }
  }
  await build({
    entryPoints: { index: join(here, 'index.ts'), engine: join(here, 'engine.ts') },
    outdir: folder,
    bundle: true,
    minifySyntax: true,
    minifyIdentifiers: true, // and not the whitespace: bundlers want to see the comments in `import(…)`
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    define: { RUNTIME_BINARIES: JSON.stringify(binaries) },
    logLevel: 'warning',
  })
}

/**
 * Compressed once for all builds. Not every place where a page is served compresses WebAssembly, and a place for static files may refuse one of
 * more than 25 MiB; its name doesn't end in .gz, since some places would unpack that.
 */
async function compressedFile(path) {
  const contents = await readFile(path)
  const kept = join(cache, `${sha256(contents)}.gz`)
  try {
    return await readFile(kept)
  } catch {
    const compressed = await promisify(gzip)(contents, { level: 9 })
    await mkdir(cache, { recursive: true })
    await writeFile(`${kept}.${process.pid}`, compressed)
    await rename(`${kept}.${process.pid}`, kept)
    return compressed
  }
}

function sha256(bytes) {
  return createHash('sha256').update(bytes).digest('hex')
}
