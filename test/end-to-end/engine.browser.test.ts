import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import type { BrowserAnswer, BrowserTask } from '../../worker/browser/api.ts'
import { texts } from '../bench/texts.ts'
import { describeInChromium } from '../fixtures/chromium.ts'
import { temporaryFolder } from '../fixtures/imported-model.ts'
import type { MeddlingProxy } from '../fixtures/page-server.ts'
import { closePage, type Loaded, useServicePages } from '../fixtures/pages.ts'
import { root } from '../fixtures/root.ts'

const withoutBatch = (answers: BrowserAnswer[]) => answers.map(({ batch: _, ...answer }) => answer)

/** What the test texts of each example task are. */
const exampleTexts = ['moderation', 'sentiment', 'support-routing'].flatMap((task) =>
  readFileSync(join(root, 'examples', task, 'test.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).text as string),
)

/** Each of `files` stands once among the paths that were asked for. */
function expectOnce(paths: readonly string[], files: readonly string[]): void {
  for (const file of files)
    expect(
      paths.filter((path) => path.endsWith(`/${file}`)),
      file,
    ).toHaveLength(1)
}

describeInChromium('softprompt/browser', () => {
  const bundlers = ['vite', 'webpack'] as const
  const pages = useServicePages(bundlers)
  const { addressOf, classify, dispose, goTo, load, meddling, openBeside, openPage, publish, requestsDuring, workersAnswers } = pages
  const folder = temporaryFolder()

  beforeAll(async () => {
    for (const seed of [0, 1, 2]) await publish({ task: `small-${seed}`, seed }, 'models/tiny-lm')
    await publish({ task: 'encoder', seed: 3, card: { kind: 'prefix', virtualTokens: 20 } }, 'models/default')
  })

  /** The service's answers, by task. */
  const wanted: Record<string, ReturnType<typeof withoutBatch>> = {}

  test.each([
    ['/', 1, 'small-0', 'models/tiny-lm', texts(40)],
    ['/isolated', 2, 'small-0', 'models/tiny-lm', texts(40)],
    ['/', 1, 'encoder', 'models/default', exampleTexts],
    ['/isolated', 2, 'encoder', 'models/default', exampleTexts],
  ])('%s, %i threads: %s on %s answers bit for bit as in the Worker', { timeout: 400_000 }, async (path, threads, task, _, input) => {
    const page = await openPage(path)
    expect(await load(page, task, { device: 'wasm', threads: 2 })).toMatchObject({
      device: 'wasm',
      threads,
      weights: 'int8',
      labels: ['good', 'bad'],
    })
    wanted[task] ??= withoutBatch(await workersAnswers(task, input))
    expect(withoutBatch(await classify(page, task, input))).toEqual(wanted[task])
    await closePage(page)
  })

  test('tasks on one model load it once, answer in common batches, and end one by one', async () => {
    const page = await openPage()
    const asked = await requestsDuring(() => Promise.all([load(page, 'small-0'), load(page, 'small-1')]))
    expectOnce(asked, ['model.json', 'tokenizer.json', 'model.onnx', 'model.onnx.data'])
    const [one, other] = await Promise.all([classify(page, 'small-0', texts(24)), classify(page, 'small-1', texts(24))])
    expect([...one, ...other].map(({ batch }) => batch.tasks)).toContain(2)
    expect(withoutBatch(other)).toEqual(withoutBatch(await workersAnswers('small-1', texts(24))))
    expect(page.workers()).toHaveLength(1)
    await dispose(page, 'small-0')
    await dispose(page, 'small-0') // once more is once
    await expect(classify(page, 'small-0', ['late'])).rejects.toThrow(/small-0: it was disposed/)
    expect(withoutBatch(await classify(page, 'small-1', texts(2)))).toEqual(withoutBatch(other.slice(0, 2)))
    await dispose(page, 'small-1')
    await expect.poll(() => page.workers().length).toBe(0)
    await closePage(page)
  })

  test('an engine that an exception ended says so to its tasks, is gone with its models, and another takes its place', async () => {
    const page = await openPage()
    await load(page, 'small-0')
    await page.evaluate(() => Object.assign(globalThis.tasks, { old: globalThis.tasks['small-0'] }))
    const [engine] = page.workers()
    const asked = classify(page, 'old', texts(64)).catch((error: Error) => error.message)
    await engine?.evaluate(() => void setTimeout(() => { throw new Error('no memory is left') })) // biome-ignore format: one thought
    await expect.poll(() => page.workers().length).toBe(0)
    const why = /their engine ended \(.*no memory is left\)\. Load them again/
    expect(await asked).toMatch(why)
    await expect(classify(page, 'old', ['late'])).rejects.toThrow(why)
    expect((await load(page, 'small-0')).error).toBeUndefined()
    await dispose(page, 'old')
    expect(await classify(page, 'small-0', ['on time'])).toHaveLength(1)
    await closePage(page)
  })

  test('nothing is downloaded twice: not by a second task, a new page, or a second tab', async () => {
    const page = await openPage()
    const second = await openBeside(page)
    const both = await requestsDuring(() => Promise.all([load(page, 'small-0'), load(second, 'small-0')]))
    expectOnce(both, ['model.json', 'model.onnx.data', 'prompt.json', 'labels.safetensors'])
    await dispose(page, 'small-0')
    const again = async () => {
      const loaded = await load(page, 'small-0')
      expect(loaded.loading).toMatchObject({ downloadedBytes: 0, cachedBytes: expect.any(Number) })
      expect(loaded.progress.at(-1)).toMatchObject({ loaded: loaded.loading?.cachedBytes, total: loaded.loading?.cachedBytes })
      expect(new Set(loaded.progress.map(({ total }) => total)).size).toBe(1)
    }
    expect(await requestsDuring(again)).toEqual(['/v1/tasks/small-0'])
    await goTo(page, '/')
    expect(await requestsDuring(again)).toEqual(['/v1/tasks/small-0'])
    // what the browser kept is not what it was: it is loaded again
    await goTo(page, '/')
    const spoil = async () => {
      const cache = await caches.open('softprompt')
      for (const request of await cache.keys()) await cache.put(request, new Response('something else'))
    }
    await page.evaluate(spoil)
    const repaired = await requestsDuring(async () => expect((await load(page, 'small-0')).error).toBeUndefined())
    expect(repaired.filter((path) => path.endsWith('/model.onnx.data'))).toHaveLength(1)
    await closePage(page)
  })

  /** The phases that were told of, each once, in their order. */
  const phases = ({ progress }: Loaded) => progress.map(({ phase }) => phase).filter((phase, index, all) => phase !== all[index - 1])

  test('progress goes up to all bytes, which are known from the start, and says what is waited for', async () => {
    const page = await openPage()
    // the model's card comes late, with much of ONNX Runtime before it
    const late: MeddlingProxy['meddle'] = ({ path, body }, response) => {
      if (!path.endsWith('/model.json')) return false
      setTimeout(() => response.end(body), 500)
      return true
    }
    const first = await meddling(late, () => load(page, 'small-2'))
    const { progress, loading } = first
    expect(progress.length).toBeGreaterThan(5)
    for (const [index, { loaded, total }] of progress.entries()) {
      expect(loaded).toBeLessThanOrEqual(total)
      expect(loaded).toBeGreaterThanOrEqual(progress[index - 1]?.loaded ?? 0)
      expect(total).toBe(loading?.downloadedBytes)
    }
    expect(progress.at(-1)).toMatchObject({ loaded: loading?.downloadedBytes, total: loading?.downloadedBytes })
    expect(new Set(progress.map(({ file }) => file))).toContain('model.onnx.data')
    expect(phases(first)).toEqual(['model', 'start'])
    const second = await load(page, 'small-1')
    expect(phases(second)).toEqual(['prompt', 'start'])
    expect(new Set(second.progress.map(({ total }) => total)).size).toBe(1)
    const again = await load(page, 'small-2')
    expect(new Set(again.progress.map(({ total }) => total))).toEqual(new Set([loading?.downloadedBytes]))
    await closePage(page)
  })

  const weights = '/model.onnx.data'
  /** After half of its bytes the connection is gone. */
  const breakOff: MeddlingProxy['meddle'] = ({ path, body, range }, response) => {
    if (!path.endsWith(weights) || range !== null) return false
    response.write(body.subarray(0, body.length / 2), () => response.destroy())
    return true
  }
  /** After half of its bytes nothing comes any more. */
  const stall: MeddlingProxy['meddle'] = ({ path, body, range }, response) => {
    if (!path.endsWith(weights) || range !== null) return false
    response.write(body.subarray(0, body.length / 2))
    return true
  }

  test.each([
    ['breaks off', breakOff],
    ['stalls', stall],
  ])('a download that %s goes on where it stopped', async (_, meddle) => {
    const page = await openPage()
    const asked = await requestsDuring(() =>
      meddling(meddle, async () => expect((await load(page, 'small-0', { stallMs: 3000 })).error).toBeUndefined()),
    )
    const ranges = asked.filter((path) => path.includes(weights)).map((path) => path.split(' ')[1])
    expect(ranges).toEqual([undefined, expect.stringMatching(/^bytes=[1-9]\d*-$/)])
    expect(withoutBatch(await classify(page, 'small-0', texts(2)))).toEqual(withoutBatch(await workersAnswers('small-0', texts(2))))
    await closePage(page)
  })

  const changed =
    (file: string): MeddlingProxy['meddle'] =>
    ({ path, body }, response) => {
      if (!path.endsWith(file)) return false
      body[body.length >> 1]! ^= 1
      response.end(body)
      return true
    }
  /** As a cache does that goes on handing out what it has. */
  const changedOnce = (file: string): MeddlingProxy['meddle'] => {
    let asked = 0
    return (passing, response) => passing.path.endsWith(file) && asked++ === 0 && changed(file)(passing, response)
  }

  test('a file with other bytes is loaded once more, past the cache of the browser too, and is right then', async () => {
    const page = await openPage()
    for (const file of [weights, '/model.json', '/labels.safetensors']) {
      const asked = await requestsDuring(() =>
        meddling(changedOnce(file), async () => expect((await load(page, 'small-0')).error).toBeUndefined()),
      )
      expect(
        asked.filter((path) => path.endsWith(file)),
        file,
      ).toHaveLength(2)
      await dispose(page, 'small-0')
      await page.evaluate(() => caches.delete('softprompt'))
    }
    const asked = await requestsDuring(() =>
      meddling(changed(weights), async () => expect((await load(page, 'small-0')).error).toMatchObject({ code: 'invalid_file' })),
    )
    expect(asked.filter((path) => path.endsWith(weights))).toHaveLength(2)
    await closePage(page)
  })

  const never: MeddlingProxy['meddle'] = ({ path }) => path.endsWith(weights)
  const gone: MeddlingProxy['meddle'] = ({ path }, response) => {
    if (path.endsWith(weights)) response.destroy()
    return path.endsWith(weights)
  }
  const longer: MeddlingProxy['meddle'] = ({ path, body }, response) => {
    if (!path.endsWith(weights)) return false
    response.removeHeader('content-length')
    response.end(Buffer.concat([body, Buffer.from('more')]))
    return true
  }
  const page503: MeddlingProxy['meddle'] = ({ path }, response) => {
    if (!path.endsWith(weights)) return false
    response.removeHeader('content-length')
    response.writeHead(503).end('<html>Bad gateway</html>')
    return true
  }

  test('what goes wrong on the way is said, and nothing wrong is kept', { timeout: 300_000 }, async () => {
    const page = await openPage()
    const refusals: [string, MeddlingProxy['meddle'], string, RegExp][] = [
      [
        'changed weights',
        changed(weights),
        'invalid_file',
        /model\.onnx\.data from .*its SHA-256 is [0-9a-f]{64}, and [0-9a-f]{64} was wanted, on two tries\./,
      ],
      ['a changed card', changed('/model.json'), 'invalid_file', /model\.json from .*was wanted/],
      ['a changed prompt', changed('/labels.safetensors'), 'invalid_file', /labels\.safetensors from .*was wanted/],
      ['more bytes', longer, 'invalid_file', /it has more than 7286784 bytes/],
      ['nothing', never, 'storage', /nothing came for 0\.7 s, 3 times\. See that the service is up/],
      ['a closed connection', gone, 'storage', /model\.onnx\.data from .*3 times\. See that the service is up.*CORS_ORIGINS/],
      ['another page', page503, 'storage', /the service answered with 503/],
    ]
    for (const [what, meddle, code, message] of refusals) {
      const { error } = await meddling(meddle, () => load(page, 'small-0', { stallMs: 700 }))
      expect(error, what).toMatchObject({ name: 'SoftPromptError', code, message: expect.stringMatching(message) })
      await expect.poll(() => page.workers().length).toBe(0)
      await page.evaluate(() => caches.delete('softprompt')) // what was right is kept
    }
    expect((await load(page, 'small-0')).error).toBeUndefined()
    await closePage(page)
  })

  test('a service that refuses the page says why', async () => {
    const page = await openPage()
    const refused = async (task: string, options?: Parameters<typeof load>[2]) => (await load(page, task, options)).error
    expect(await refused('small-0', { apiKey: 'another' })).toMatchObject({
      code: 'unauthorized',
      message: expect.stringContaining('401: Cannot serve'),
    })
    expect(await refused('nobody')).toMatchObject({ code: 'unknown_task', message: expect.stringContaining('no prompt is published') })
    expect(await refused('small-0@ffffffff')).toMatchObject({ code: 'not_found', message: expect.stringContaining('version ffffffff') })
    expect(await refused('small-0/classify')).toMatchObject({ code: 'usage', message: expect.stringContaining("not a task's address") })
    expect(await refused('small-0', { device: 'gpu' as 'wasm' })).toMatchObject({ code: 'usage', message: expect.stringContaining('device gpu: it is "auto", "webgpu" or "wasm"') }) // biome-ignore format: one thought
    expect(await refused('small-0', { threads: -1 })).toMatchObject({ code: 'usage', message: expect.stringContaining('-1 threads') })
    expect(await refused('small-0', { device: 'webgpu' })).toMatchObject({
      code: 'unsupported',
      message: expect.stringMatching(/int8 weights.*q8 or q4|no WebGPU/),
    })
    const stranger = await openPage(pages.elsewhere('other.localhost'))
    expect((await load(stranger, 'small-0')).error).toMatchObject({
      code: 'storage',
      message: expect.stringMatching(
        /small-0 from .*Failed to fetch, 3 times\..*CORS_ORIGINS names http:\/\/other\.localhost:\d+, the origin of this page/,
      ),
    })
    await closePage(stranger)
    await closePage(page)
  })

  test('what is no address, and input that is no text, is refused before the engine hears of it', async () => {
    const page = await openPage()
    const refusals = await page.evaluate(async () => {
      const refused: unknown[] = []
      for (const url of [undefined, 5, null, 'https://[no-host]/'])
        await softprompt.loadTask(url as string).catch(({ code, message }) => refused.push(`${code}: ${message}`))
      return refused
    })
    expect(refusals).toEqual(
      ['undefined', '5', 'null', 'https://[no-host]/'].map(
        (url) => `usage: Cannot load a task from ${url}: give its address, such as https://my.worker/v1/tasks/routing.`,
      ),
    )
    expect(page.workers()).toEqual([])
    await load(page, 'small-0')
    const inputs = [undefined, 5, null, { text: 'a' }, ['a', 5]]
    const answers = await page.evaluate(async () => {
      const { 'small-0': task } = globalThis.tasks as { 'small-0': BrowserTask }
      const answer = (input: unknown) => task.classify(input as string).catch(({ name, code, message }) => [name, code, message])
      return Promise.all([undefined, 5, null, { text: 'a' }, ['a', 5]].map(answer))
    })
    const about = 'Cannot answer with task small-0: input must be a text or a list of texts, and it is '
    expect(answers).toEqual(inputs.map((input) => ['SoftPromptError', 'usage', `${about}${JSON.stringify(input)}.`]))
    await closePage(page)
  })

  test('a model that is too large for a page is refused before its files are loaded', async () => {
    const large = join(folder, 'large')
    cpSync(join(root, 'models/tiny-lm'), large, { recursive: true })
    const card = JSON.parse(readFileSync(join(large, 'model.json'), 'utf8'))
    card.files['model.onnx.data'].bytes = 2 ** 31
    writeFileSync(join(large, 'model.json'), JSON.stringify(card))
    await publish({ task: 'large', seed: 9 }, large)
    const page = await openPage()
    expect((await load(page, 'large')).error).toMatchObject({
      code: 'unsupported',
      message: expect.stringMatching(/and a page's memory holds 2147483647\. Publish it in a smaller weight format/),
    })
    await closePage(page)
  })

  test('a version is loaded by the beginning of its hash', async () => {
    const prompt = await publish({ task: 'versioned', seed: 9 }, 'models/tiny-lm')
    const page = await openPage()
    expect(await load(page, `versioned@${prompt.slice(0, 8)}`)).toMatchObject({ prompt })
    await closePage(page)
  })

  test('whoever waits no longer aborts: the loading, and texts that have not run', async () => {
    const page = await openPage()
    const outcome = await meddling(never, () =>
      page.evaluate(async (url) => {
        const controller = new AbortController()
        const options = { apiKey: 'key', signal: controller.signal, onProgress: () => controller.abort(new Error('enough')) }
        return softprompt.loadTask(url, options).catch((error: Error) => error.message)
      }, addressOf('small-0')),
    )
    expect(outcome).toBe('enough')
    await expect.poll(() => page.workers().length).toBe(0)
    // of two who load the same, one gives up
    const left = await meddling(stall, () =>
      page.evaluate(
        async (urls) => {
          const controller = new AbortController()
          const onProgress = ({ file }: { file: string }) => file === 'model.onnx.data' && controller.abort(new Error('enough'))
          const [gone, stays] = urls.map((url, index) =>
            softprompt.loadTask(url, { apiKey: 'key', stallMs: 3000, ...(index === 0 ? { signal: controller.signal, onProgress } : {}) }),
          ) as [Promise<BrowserTask>, Promise<BrowserTask>]
          const why = await gone.catch((error: Error) => error.message)
          await (await stays).dispose()
          return why
        },
        [addressOf('small-0'), addressOf('small-1')],
      ),
    )
    expect(left).toBe('enough')
    await load(page, 'small-0')
    await load(page, 'small-1')
    const disposed = await page.evaluate(async (texts) => {
      const { 'small-1': task } = globalThis.tasks as { 'small-1': BrowserTask }
      const asked = task.classify(texts).catch((error: Error & { code: string }) => `${error.code}: ${error.message}`)
      await task.dispose()
      return asked
    }, exampleTexts)
    expect(disposed).toBe('interrupted: Task small-1 was disposed while it was asked.')
    const answers = await page.evaluate(async (texts) => {
      const { 'small-0': task } = globalThis.tasks as { 'small-0': BrowserTask }
      const controller = new AbortController()
      const many = task.classify([...texts, ...texts, ...texts], { signal: controller.signal }).catch((error: Error) => error.message)
      const few = task.classify(texts.slice(0, 3))
      controller.abort(new Error('enough'))
      return [await many, await few] as const
    }, exampleTexts)
    expect(answers[0]).toBe('enough')
    expect(answers[1]).toHaveLength(3)
    await closePage(page)
  })

  test('a loading that is aborted as its answer comes leaves no model behind', async () => {
    const page = await openPage()
    await load(page, 'encoder')
    await dispose(page, 'encoder') // its files are kept
    const outcome = await page.evaluate(async (urls) => {
      const controller = new AbortController()
      const { Worker } = globalThis as unknown as { Worker: new (...args: unknown[]) => EventTarget }
      const answered = ({ data }: { data?: { reply?: { value?: { facts?: { task: string } } } } }) => {
        if (data?.reply?.value?.facts?.task === 'encoder') controller.abort(new Error('enough'))
      }
      // hears each answer before the page's engine does
      class HeardWorker extends Worker {
        constructor(...args: unknown[]) {
          super(...args)
          this.addEventListener('message', answered as (event: object) => void)
        }
      }
      Object.assign(globalThis, { Worker: HeardWorker })
      await softprompt.loadTask(urls[0] as string, { apiKey: 'key' })
      const loading = softprompt.loadTask(urls[1] as string, { apiKey: 'key', signal: controller.signal })
      return loading.then(() => 'it was loaded', (error: Error) => error.message) // biome-ignore format: one thought
    }, ['small-0', 'encoder'].map(addressOf)) // biome-ignore format: one call
    expect(outcome).toBe('enough')
    // it is loaded anew, model and all
    expect((await load(page, 'encoder')).loading?.cachedBytes).toBeGreaterThan(10_000_000)
    await closePage(page)
  })

  test.each(['/', '/isolated'])('the engine may be of another origin than the page: %s', async (path) => {
    const page = await openPage(pages.elsewhere('127.0.0.1', path))
    const runtime = pages.runtimeOf('softprompt')
    expect((await load(page, 'small-0', { runtime })).error).toBeUndefined()
    expect(withoutBatch(await classify(page, 'small-0', texts(3)))).toEqual(withoutBatch(await workersAnswers('small-0', texts(3))))
    await dispose(page, 'small-0')
    const missing = await load(page, 'small-0', { runtime: pages.runtimeOf('nowhere') })
    expect(missing.error).toMatchObject({ code: 'unsupported', message: expect.stringContaining('engine.js') })
    await closePage(page)
  })

  /** As docs/browser.md has them: for a folder on the page's origin, and on another. */
  const policies = {
    own: "script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self' SERVICE",
    other: "script-src 'self' SITE blob: 'wasm-unsafe-eval'; worker-src blob: SITE; connect-src SITE SERVICE",
  }
  const tried = Object.entries(policies).flatMap(([where, policy]) => ['/', '/isolated'].map((path) => [where, path, policy] as const))
  test.each(tried)('the policy of the docs lets a page load a task: %s folder, %s', async (where, path, policy) => {
    await pages.underPolicy(`default-src 'none'; ${policy}`, async () => {
      const page = await openPage(where === 'own' ? path : pages.elsewhere('127.0.0.1', path))
      const runtime = where === 'own' ? {} : { runtime: pages.runtimeOf('softprompt') }
      const { error, threads } = await load(page, 'small-0', { threads: 2, ...runtime })
      expect(error).toBeUndefined()
      expect(threads).toBe(path === '/' ? 1 : 2)
      expect(await classify(page, 'small-0', texts(3))).toHaveLength(3)
      await closePage(page)
    })
  })

  const bundled = bundlers.flatMap((by) => ['/', '/isolated'].map((path) => [by, path] as const))
  test.each(bundled)('a page that %s bundled finds the engine and its files: %s', async (by, path) => {
    const page = await openPage(pages.bundled(by, path))
    expect(await load(page, 'small-0', { threads: 2 })).toMatchObject({ threads: path === '/' ? 1 : 2 })
    expect(withoutBatch(await classify(page, 'small-0', texts(3)))).toEqual(withoutBatch(await workersAnswers('small-0', texts(3))))
    await closePage(page)
  })
})
