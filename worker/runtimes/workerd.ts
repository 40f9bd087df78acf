import wasmModule from 'onnxruntime-web/ort-wasm-simd-threaded.wasm'
import * as ort from 'onnxruntime-web/wasm'
import type { Session } from '../../shared/engine/session.ts'
import { inTurn, webSession } from './web-session.ts'

/** What changes how much memory a session takes and how fast it runs, never its answers. */
interface SessionMemory {
  /** Repack weights for the kernels: a second copy of each. */
  readonly prepacking: boolean
  /** Keep freed activations in ONNX Runtime's own pool. */
  readonly arena: boolean
}

/** One copy of each weight. `npm run bench -- memory` measures the alternatives. */
const leastMemory: SessionMemory = { prepacking: false, arena: false }

let memory: WebAssembly.Memory | null = null
serveCompiledModule()

/** A session of the graph in `graph`, whose external data are in `weights`, which what it returns doesn't keep alive. */
export async function openWorkerdSession(graph: Uint8Array, weights: Uint8Array, options = leastMemory): Promise<Session> {
  return webSession(await inTurn(() => open(graph, weights, options)), ort.Tensor)
}

function open(graph: Uint8Array, weights: Uint8Array, { prepacking, arena }: SessionMemory): Promise<ort.InferenceSession> {
  return ort.InferenceSession.create(graph, {
    executionProviders: ['wasm'],
    externalData: [{ path: 'model.onnx.data', data: weights }],
    enableCpuMemArena: arena,
    enableMemPattern: arena,
    extra: { session: { disable_prepacking: prepacking ? '0' : '1' } },
  })
}

/** Bytes of the WASM memory that all sessions of this process share; it grows and never shrinks. */
export function wasmMemoryBytes(): number {
  return memory?.buffer.byteLength ?? 0
}

/**
 * Workers may not compile WASM from bytes. ONNX Runtime is handed an empty binary, and instantiating an empty binary,
 * which can't succeed otherwise, gives an instance of the module that was compiled on deployment.
 */
function serveCompiledModule(): void {
  ort.env.wasm.numThreads = 1
  ort.env.wasm.proxy = false
  ort.env.wasm.wasmBinary = new ArrayBuffer(0)
  const instantiate = WebAssembly.instantiate as (source: unknown, imports?: WebAssembly.Imports) => Promise<unknown>
  const hooked = async (source: unknown, imports?: WebAssembly.Imports) => {
    if (!(source instanceof Uint8Array) || source.length > 0) return instantiate(source, imports)
    memory = findMemory(imports)
    return { module: wasmModule, instance: new WebAssembly.Instance(wasmModule, imports) }
  }
  WebAssembly.instantiate = hooked as typeof WebAssembly.instantiate
}

function findMemory(imports: WebAssembly.Imports = {}): WebAssembly.Memory {
  const found = Object.values(imports)
    .flatMap((module) => Object.values(module))
    .find((value) => value instanceof WebAssembly.Memory)
  if (found === undefined) throw new Error('ONNX Runtime gave its WASM module no memory')
  return found as WebAssembly.Memory
}
