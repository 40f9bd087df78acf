import type { Browser, Page } from 'playwright-core'
import type { LoadTask } from '../../worker/browser/api.ts'
import { launchChromium } from '../fixtures/chromium.ts'
import { plainSite, startSite } from '../fixtures/page-server.ts'
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
    "the default model in a page: milliseconds a text of 55 to 64 tokens by WebAssembly, and how long the page's own thread is kept; beside transformers.js on the model of --onnx DIR, which test/bench/browser/export_onnx.py makes of the same checkpoint",
  options: ['onnx'],
  run: async (log, { onnx }) => {
    const site = await startSite(async (folder) => {
      await plainSite(folder)
      if (onnx !== undefined) await addTransformersJs(folder, onnx)
    })
    const chromium = await launchChromium()
    try {
      return await withWorker(
        async (worker) => {
          await publishTasks(worker, 1, { template: '{text}' })
          const figures: Record<string, Measured> = {}
          const transformersJs: Record<string, PageTiming> = {}
          for (const [name, setting] of Object.entries(settings)) {
            const open = async () => {
              const page = await (await chromium.newContext()).newPage()
              await page.goto(new URL(setting.path, site.url).href)
              await page.waitForFunction(() => 'softprompt' in globalThis)
              return page
            }
            const page = await open()
            figures[name] = await measure(chromium, page, worker, setting)
            log(`${name.padEnd(16)} ${described(figures[name])}`)
            await page.context().close()
            if (onnx === undefined) continue
            const other = await open()
            await loadTransformersJs(other, setting.threads)
            transformersJs[name] = await timePage(chromium, other, longTexts(16))
            log(`transformers.js  ${timing(transformersJs[name])}`)
            await other.context().close()
          }
          return { figures, transformersJs, unit: 'ms', chromium: chromium.version(), worker: worker.ran }
        },
        { script: 'worker/index.ts', vars: { CORS_ORIGINS: site.url.origin } },
      )
    } finally {
      await chromium.close()
      await site.close()
    }
  },
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
  const timed = await timePage(chromium, page, longTexts(16))
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
