import { unlessAborted } from '../../shared/unless-aborted.ts'
import { type BrowserRuntime, loadRuntime } from '../runtimes/browser.ts'
import type { Device } from './api.ts'
import type { Traffic } from './traffic.ts'

/** The binaries that stand beside engine.js, compressed: bundle.mjs puts them there, and says here how large they are. */
declare const RUNTIME_BINARIES: Readonly<Record<Build, { readonly bytes: number; readonly sha256: string }>>

/** `jspi` is for WebGPU where the browser lets WebAssembly wait for promises, `webgpu` for where it can't, `wasm` without WebGPU. */
type Build = 'wasm' | 'jspi' | 'webgpu'

/** Each address stands here in full, as bundlers find it: they bring such files along. */
const files: Readonly<Record<Build, () => { readonly module: URL; readonly glue: URL; readonly binary: URL }>> = {
  wasm: () => ({
    module: new URL('./ort.wasm.min.mjs', import.meta.url),
    glue: new URL('./ort-wasm-simd-threaded.mjs', import.meta.url),
    binary: new URL('./ort-wasm-simd-threaded.bin', import.meta.url),
  }),
  jspi: () => ({
    module: new URL('./ort.jspi.min.mjs', import.meta.url),
    glue: new URL('./ort-wasm-simd-threaded.jspi.mjs', import.meta.url),
    binary: new URL('./ort-wasm-simd-threaded.jspi.bin', import.meta.url),
  }),
  webgpu: () => ({
    module: new URL('./ort.webgpu.min.mjs', import.meta.url),
    glue: new URL('./ort-wasm-simd-threaded.asyncify.mjs', import.meta.url),
    binary: new URL('./ort-wasm-simd-threaded.asyncify.bin', import.meta.url),
  }),
}

/** What is loaded or loading, and for whom: where that is given up, another loads it. */
const runtimes = new Map<Build, { readonly loading: Promise<BrowserRuntime>; readonly traffic: Traffic }>()

/** ONNX Runtime for `device`, loaded once. */
export async function requireRuntime(device: Device, threads: number, traffic: Traffic): Promise<BrowserRuntime> {
  const build = device === 'wasm' ? 'wasm' : 'Suspending' in WebAssembly ? 'jspi' : 'webgpu'
  for (;;) {
    const runtime = runtimes.get(build) ?? begin(build, device, threads, traffic)
    runtime.traffic.tellToo(traffic)
    try {
      return await unlessAborted(traffic.signal, runtime.loading)
    } catch (error) {
      if (traffic.signal.aborted || !runtime.traffic.signal.aborted) throw error
    }
  }
}

function begin(build: Build, device: Device, threads: number, traffic: Traffic) {
  const runtime = { loading: load(build, device, threads, traffic), traffic }
  runtimes.set(build, runtime)
  runtime.loading.catch(() => runtimes.delete(build))
  return runtime
}

async function load(build: Build, device: Device, threads: number, traffic: Traffic): Promise<BrowserRuntime> {
  const { module, glue, binary } = files[build]()
  const compressed = await traffic.keptFile({
    url: binary.href,
    name: `ONNX Runtime (${build})`,
    part: 'model',
    isOfService: false,
    ...RUNTIME_BINARIES[build],
  })
  const decompressed = new Blob([compressed]).stream().pipeThrough(new DecompressionStream('gzip'))
  return loadRuntime({ module: module.href, glue: glue.href, binary: await new Response(decompressed).arrayBuffer() }, device, threads)
}
