import { SoftPromptError } from '../../shared/error.ts'
import type { Device } from './api.ts'
import type { LoadSettings } from './messages.ts'
import type { PlacedModel } from './model-use.ts'
import type { ServedVersion } from './service.ts'

/** The weight formats that each device runs well, the best first. */
const formats: Readonly<Record<Device, readonly string[]>> = { webgpu: ['q8', 'q4'], wasm: ['int8', 'float32'] }

const deviceNames: Readonly<Record<Device, string>> = { webgpu: 'WebGPU', wasm: 'WebAssembly' }

/** What of WebGPU is asked here: TypeScript's own types don't have it yet. */
interface Gpu {
  requestAdapter(): Promise<{ readonly info?: { readonly isFallbackAdapter?: boolean } } | null>
}

/** Where a version may run, the best first: as many as are worth trying. Throws `unsupported` where there is none, its details why not. */
export async function placements(
  { task, models }: ServedVersion,
  { device, threads }: LoadSettings,
): Promise<[PlacedModel, ...PlacedModel[]]> {
  const found: PlacedModel[] = []
  const why: string[] = []
  const toDo = device === 'webgpu' ? ['load it with device "auto"'] : []
  for (const each of device === 'auto' ? (['webgpu', 'wasm'] as const) : [device]) {
    const format = formats[each].find((name) => Object.hasOwn(models, name))
    const lacking = each === 'webgpu' ? await lacksWebGpu(device === 'webgpu') : null
    if (lacking !== null) why.push(lacking)
    else if (format === undefined) {
      const [published, wanted] = [Object.keys(models).join(', '), formats[each].join(' or ')]
      why.push(`its model is published with ${published} weights, and ${deviceNames[each]} runs ${wanted} ones`)
      toDo.push(`publish it with ${wanted} weights`)
    } else found.push({ device: each, model: models[format] as string, threads: each === 'wasm' ? threadsOf(threads) : 1 })
  }
  const [first, ...others] = found
  if (first !== undefined) return [first, ...others]
  throw new SoftPromptError('unsupported', `Cannot run task ${task} in this page: ${why.join('; ')}. You can ${toDo.join(', or ')}.`, {
    details: why,
  })
}

/** What keeps this page from WebGPU, or null. A graphics card that is only imitated is slower than WebAssembly, and taken where it is asked for. */
async function lacksWebGpu(asked: boolean): Promise<string | null> {
  const { gpu } = navigator as Navigator & { gpu?: Gpu }
  const adapter = await gpu?.requestAdapter().catch(() => null)
  if (!adapter) return 'this browser gives the page no WebGPU adapter'
  return adapter.info?.isFallbackAdapter && !asked ? 'the only WebGPU adapter is one in software' : null
}

/** More than one needs memory that threads share, which a browser gives to pages that are cross-origin isolated. */
function threadsOf(wanted: number | null): number {
  if (!globalThis.crossOriginIsolated) return 1
  threadsOfPage ??= Math.max(1, wanted ?? Math.min(4, navigator.hardwareConcurrency))
  return threadsOfPage
}

/** ONNX Runtime takes them once, when it is loaded. */
let threadsOfPage: number | null = null
