import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { SoftPromptError } from '../../shared/error.ts'
import type { LoadTask } from '../../worker/browser/api.ts'
import { launchChromium } from '../fixtures/chromium.ts'
import { plainSite, startSite } from '../fixtures/page-server.ts'
import { pointTask } from '../fixtures/upload.ts'
import { uploadModelFolder } from '../fixtures/upload-model-folder.ts'
import type { Bench } from './bench.ts'
import { type PageTiming, timePage } from './page-timing.ts'
import { publishTasks } from './random-tasks.ts'
import { longTexts } from './texts.ts'
import { addTransformersJs, loadTransformersJs } from './transformers-js.ts'
import { type LocalWorker, withWorker } from './wrangler-worker.ts'

declare global {
  var softprompt: { loadTask: LoadTask }
  /** How long the page's own thread was kept, in milliseconds. */
  var page: { longestTask: number; longestPause: number }
}

interface Gpu {
  requestAdapter(): Promise<{ readonly info: Readonly<Record<'vendor' | 'architecture', string>> } | null>
}

/** How a page runs the model. */
interface Setting {
  readonly path: '/' | '/isolated'
  readonly device: 'wasm' | 'webgpu'
  readonly threads: number
}

const settings: Readonly<Record<string, Setting>> = {
  'wasm, 1 thread': { path: '/', device: 'wasm', threads: 1 },
  'wasm, 2 threads': { path: '/isolated', device: 'wasm', threads: 2 },
}
const onWebGpu: Setting = { path: '/', device: 'webgpu', threads: 1 }

/** What becomes of a page, in milliseconds. */
interface Measured extends PageTiming {
  /** From the call of loadTask to its task, with everything in the browser's cache, and the first answer after it. */
  readonly load: number
  readonly firstAnswer: number
  /** The longest task of the page's own thread while it loaded and answered; 0 where none took 50. */
  readonly longestTask: number
  /** The longest time between two turns of a timer of 5 in it, and what that was in 3 s before, with nothing to do: the machine's own pauses. */
  readonly longestPause: number
  readonly idlePause: number
}

/** The default model in a page of headless Chromium, at 64 tokens. */
export const browser: Bench = {
  about:
    "the default model in a page: milliseconds a text of 55 to 64 tokens by WebAssembly, and by WebGPU with the package in --webgpu DIR (import --weights q8), and how long the page's own thread is kept; beside transformers.js on the model of --onnx DIR, which test/bench/browser/export_onnx.py makes of the same checkpoint",
  options: ['onnx', 'webgpu'],
  run: async (log, { onnx, webgpu }) => {
    if (webgpu !== undefined && !existsSync(join(webgpu, 'model.json')))
      throw new SoftPromptError(
        'usage',
        `There is no model package in ${webgpu}: make one with softprompt import … --weights q8 --out DIR.`,
      )
    const site = await startSite(async (folder) => {
      await plainSite(folder)
      if (onnx !== undefined) await addTransformersJs(folder, onnx)
    })
    const chromium = await launchChromium()
    try {
      return await withWorker(
        async (worker) => {
          const [prompt = ''] = await publishTasks(worker, 1, { template: '{text}' })
          if (webgpu !== undefined) await addFormat(worker, prompt, webgpu)
          const figures: Record<string, Measured> = {}
          const transformersJs: Record<string, PageTiming> = {}
          let adapter: string | null = null
          for (const [name, setting] of Object.entries(webgpu === undefined ? settings : { ...settings, webgpu: onWebGpu })) {
            const open = async () => {
              const page = await (await chromium.newContext()).newPage()
              await page.goto(new URL(setting.path, site.url).href)
              await page.waitForFunction(() => 'softprompt' in globalThis)
              return page
            }
            const page = await open()
            if (setting.device === 'webgpu') adapter = await adapterOf(page)
            figures[name] = await measure(chromium, page, worker, setting)
            log(`${name.padEnd(16)} ${described(figures[name])}${setting.device === 'webgpu' ? `; by the adapter ${adapter}` : ''}`)
            await page.context().close()
            if (onnx === undefined || setting.device === 'webgpu') continue
            const other = await open()
            await loadTransformersJs(other, setting.threads)
            transformersJs[name] = await timePage(chromium, other, longTexts(16))
            log(`transformers.js  ${timing(transformersJs[name])}`)
            await other.context().close()
          }
          return { figures, transformersJs, unit: 'ms', adapter, chromium: chromium.version(), worker: worker.ran }
        },
        { script: 'worker/index.ts', vars: { CORS_ORIGINS: site.url.origin } },
      )
    } finally {
      await chromium.close()
      await site.close()
    }
  },
}

/** Points the task at a package of another format too. */
async function addFormat({ bucket, model, card }: LocalWorker, prompt: string, directory: string): Promise<void> {
  const other = await uploadModelFolder(bucket, resolve(directory))
  const models = { [card.weights]: model, [other.card.weights]: other.model }
  await pointTask(bucket, 'task-0', { prompt, base: card.baseHash, models })
}

/** What computes for WebGPU: a figure of an adapter in software says nothing of a GPU's. */
function adapterOf(page: Page): Promise<string> {
  return page.evaluate(async () => {
    const { gpu } = (globalThis as unknown as { navigator: { gpu: Gpu } }).navigator // Node's types don't know it
    const found = await gpu.requestAdapter()
    return found === null ? 'none' : `${found.info.vendor} ${found.info.architecture}`
  })
}

async function measure(chromium: Browser, page: Page, worker: LocalWorker, { device, threads }: Setting): Promise<Measured> {
  const started = await page.evaluate(
    async ({ url, device, threads, text }) => {
      await (await softprompt.loadTask(url, { device, threads })).dispose() // into the cache
      globalThis.page = { longestTask: 0, longestPause: 0 }
      new PerformanceObserver((list) => {
        for (const { duration } of list.getEntries()) globalThis.page.longestTask = Math.max(globalThis.page.longestTask, duration)
      }).observe({ entryTypes: ['longtask'] as never[] }) // Node's types don't know it
      let last = performance.now()
      setInterval(() => {
        globalThis.page.longestPause = Math.max(globalThis.page.longestPause, performance.now() - last)
        last = performance.now()
      }, 5)
      await new Promise((resolve) => setTimeout(resolve, 3000))
      const idlePause = globalThis.page.longestPause
      globalThis.page.longestPause = 0
      const start = performance.now()
      const task = await softprompt.loadTask(url, { device, threads })
      const loaded = performance.now()
      await task.classify(text)
      globalThis.answer = (texts) => task.classify(texts)
      return { load: loaded - start, firstAnswer: performance.now() - loaded, idlePause }
    },
    { url: new URL('v1/tasks/task-0', worker.url).href, device, threads, text: longTexts(1)[0] as string },
  )
  const timed = await timePage(chromium, page, longTexts(16), device === 'webgpu' ? { warmups: 3, single: 5, of16: 1 } : undefined)
  return { ...started, ...timed, ...(await page.evaluate(() => globalThis.page)) }
}

function described(measured: Measured): string {
  const { load, firstAnswer, longestTask, longestPause, idlePause } = measured
  return `${timing(measured)}; loaded from the cache in ${ms(load)}, first answer ${ms(firstAnswer)} later; the page's longest task ${ms(longestTask)}, pause ${ms(longestPause)} (idle ${ms(idlePause)})`
}

function timing({ text, fastest, processor, textOf16, processorOf16 }: PageTiming): string {
  return `${ms(text)} a text (fastest ${ms(fastest)}, processor ${ms(processor)}), of 16 ${ms(textOf16)} (processor ${ms(processorOf16)})`
}

function ms(value: number): string {
  return `${value.toFixed(1)} ms`
}
