import type { Page } from 'playwright-core'
import type { LoadTask } from '../../worker/browser/api.ts'
import { launchChromium } from '../fixtures/chromium.ts'
import { startSite } from '../fixtures/page-server.ts'
import type { Bench } from './bench.ts'
import { publishTasks } from './random-tasks.ts'
import { longTexts } from './texts.ts'
import { type LocalWorker, withWorker } from './wrangler-worker.ts'

declare global {
  var softprompt: { loadTask: LoadTask }
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

/** What a page measures, in milliseconds. */
interface Measured {
  /** From the call of loadTask to its task, with everything in the browser's cache, and the first answer after it. */
  readonly load: number
  readonly firstAnswer: number
  /** The middle one of 30 calls with one text. */
  readonly text: number
  /** A text, in calls with 16. */
  readonly textOf16: number
  /** The longest task of the page's own thread while it loaded and answered; 0 where none took 50. */
  readonly longestTask: number
  /** The longest time between two turns of a timer of 5 in it, and what that was in 3 s before, with nothing to do: the machine's own pauses. */
  readonly longestPause: number
  readonly idlePause: number
}

/** The default model in a page of headless Chromium, at 64 tokens. */
export const browser: Bench = {
  about: "the default model in a page: milliseconds a text of 55 to 64 tokens by WebAssembly, and how long the page's own thread is kept",
  run: async (log) => {
    const site = await startSite()
    const chromium = await launchChromium()
    try {
      return await withWorker(
        async (worker) => {
          await publishTasks(worker, 1, { template: '{text}' })
          const figures: Record<string, Measured> = {}
          for (const [name, setting] of Object.entries(settings)) {
            const page = await (await chromium.newContext()).newPage()
            await page.goto(new URL(setting.path, site.url).href)
            await page.waitForFunction(() => 'softprompt' in globalThis)
            figures[name] = await measure(page, worker, setting)
            log(`${name.padEnd(16)} ${described(figures[name])}`)
            await page.context().close()
          }
          return { figures, unit: 'ms', chromium: chromium.version(), worker: worker.ran }
        },
        { script: 'worker/index.ts', vars: { CORS_ORIGINS: site.url.origin } },
      )
    } finally {
      await chromium.close()
      await site.close()
    }
  },
}

function measure(page: Page, worker: LocalWorker, { device, threads }: Setting): Promise<Measured> {
  const url = new URL('v1/tasks/task-0', worker.url).href
  return page.evaluate(
    async ({ url, device, threads, texts }) => {
      const timed = async (work: () => Promise<unknown>) => {
        const start = performance.now()
        await work()
        return performance.now() - start
      }
      const median = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1] as number
      await (await softprompt.loadTask(url, { device, threads })).dispose() // into the cache
      let longestTask = 0
      new PerformanceObserver((list) => {
        for (const { duration } of list.getEntries()) longestTask = Math.max(longestTask, duration)
      }).observe({ type: 'longtask' })
      let [longestPause, last] = [0, performance.now()]
      const probe = setInterval(() => {
        longestPause = Math.max(longestPause, performance.now() - last)
        last = performance.now()
      }, 5)
      await new Promise((resolve) => setTimeout(resolve, 3000))
      const idlePause = longestPause
      longestPause = 0
      const start = performance.now()
      const task = await softprompt.loadTask(url, { device, threads })
      const load = performance.now() - start
      const firstAnswer = await timed(() => task.classify(texts[0] as string))
      for (let run = 0; run < 5; run++) await task.classify(texts[run] as string)
      const single: number[] = []
      for (let run = 0; run < 30; run++) single.push(await timed(() => task.classify(texts[run % texts.length] as string)))
      const many: number[] = []
      for (let run = 0; run < 5; run++) many.push((await timed(() => task.classify(texts))) / texts.length)
      clearInterval(probe)
      await task.dispose()
      return { load, firstAnswer, text: median(single), textOf16: median(many), longestTask, longestPause, idlePause }
    },
    { url, device, threads, texts: longTexts(16) },
  )
}

function described({ load, firstAnswer, text, textOf16, longestTask, longestPause, idlePause }: Measured): string {
  const ms = (value: number) => `${value.toFixed(1)} ms`
  return `${ms(text)} a text, ${ms(textOf16)} of 16; loaded from the cache in ${ms(load)}, first answer ${ms(firstAnswer)} later; the page's longest task ${ms(longestTask)}, pause ${ms(longestPause)} (idle ${ms(idlePause)})`
}
