import { execFile } from 'node:child_process'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { transform } from 'esbuild'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type LocalWorker, startLocalWorker } from '../../trainer/quickstart/local-worker.ts'
import { axeFindings } from '../fixtures/axe.ts'
import { describeInChromium, launchChromium } from '../fixtures/chromium.ts'
import { temporaryFolder } from '../fixtures/imported-model.ts'
import { useLocalBucket } from '../fixtures/local-bucket.ts'
import { publishFolder } from '../fixtures/publish-folder.ts'
import { root } from '../fixtures/root.ts'
import { writeSmallModel } from '../fixtures/small-model.ts'
import { writeRandomPrompt } from '../fixtures/written-prompt.ts'

const folder = temporaryFolder()
const at = (name: string) => join(folder, name)
const never = new AbortController().signal
const text = `It's "fine": 100 % of it, 💜`
const tasks = ['spam', 'tone']

describeInChromium('the playground', () => {
  const local = useLocalBucket()
  let worker: LocalWorker
  let browser: Browser

  beforeAll(async () => {
    const model = await writeSmallModel(at('model'))
    for (const [seed, task] of tasks.entries()) {
      await writeRandomPrompt(at(task), model, { task, seed })
      await publishFolder(local.bucket, at(task), at('model'))
    }
    // trained through int8, and published on float32 alone
    await writeSmallModel(at('float32'), { weights: 'float32' })
    await writeRandomPrompt(at('warned'), model, { task: 'warned', seed: 9 })
    await publishFolder(local.bucket, at('warned'), at('float32'))
    worker = await startLocalWorker(root, never, { persistTo: join(local.folder, 'state') })
    browser = await launchChromium()
  })
  afterAll(async () => {
    await browser?.close()
    await worker?.stop()
  })

  /** A page of `url` in which nothing fails, is blocked, or comes from elsewhere. */
  async function open(url: string, options: BrowserContextOptions = {}): Promise<Page> {
    const context = await browser.newContext(options)
    await context.grantPermissions(['clipboard-read', 'clipboard-write'])
    const page = await context.newPage()
    page.on('pageerror', (error) => expect.unreachable(error.message))
    page.on('console', (message) => expect([message.type(), message.text()]).not.toContain('error'))
    page.on('request', (request) => expect(request.url()).toMatch(new RegExp(`^(blob:)?${new URL(url).origin}/`)))
    await page.goto(url)
    return page
  }

  async function answered(inputs: readonly { task: string; input: string }[]): Promise<{ label: string; probability: number }[]> {
    const response = await fetch(`${worker.url}/v1/classify`, { method: 'POST', body: JSON.stringify({ inputs }) })
    const { results } = (await response.json()) as { results: { label: string; probability: number }[] }
    return results.map(({ label, probability }) => ({ label, probability }))
  }

  test('a text is answered by each chosen task, with the mouse or the keyboard alone', async () => {
    const page = await open(worker.url)
    await page.getByRole('checkbox', { name: 'tone' }).check()
    await page.getByLabel('Text', { exact: true }).fill(text)
    await page.getByRole('button', { name: 'Classify' }).click()
    const cards = page.getByRole('article')
    await cards.nth(1).waitFor()
    const expected = await answered(tasks.map((task) => ({ task, input: text })))
    for (const [n, task] of tasks.entries()) {
      const card = cards.nth(n)
      expect(await card.getByRole('heading').textContent()).toBe(task)
      expect(await card.locator('.label').textContent()).toBe(expected[n]!.label)
      expect(await card.getByRole('row').nth(1).textContent()).toBe(`${expected[n]!.label}${(100 * expected[n]!.probability).toFixed(1)} %`)
    }
    expect(await page.locator('.time').textContent()).toMatch(/^[\d.]+ m?s in the service: /)

    await page.reload()
    await page.getByRole('checkbox', { name: 'spam' }).waitFor()
    const reach = async (name: string) => {
      for (let presses = 0; presses < 20; presses++) {
        await page.keyboard.press('Tab')
        if (await page.evaluate(`document.activeElement.closest('label, form')?.textContent.includes(${JSON.stringify(name)})`)) return
      }
      expect.unreachable(`${name} is not reached by Tab`)
    }
    await reach('spam')
    await page.keyboard.press('Space')
    await reach('tone')
    await page.keyboard.press('Space')
    await page.getByLabel('Text', { exact: true }).focus()
    await page.keyboard.press('Control+A')
    await page.keyboard.type(text)
    await page.keyboard.press('Control+Enter')
    await cards.first().waitFor()
    expect(await cards.count()).toBe(1)
    expect(await cards.getByRole('heading').textContent()).toBe('tone')
    await page.context().close()
  })

  test('the code samples are the call that the page makes, and run', async () => {
    const page = await open(worker.url)
    const many = [text, 'another text', 'one more']
    const cases: [string[], string[]][] = [
      [['spam'], [text]],
      [tasks, [text]],
      [tasks, many],
      [['spam'], many],
    ]
    for (const [chosen, texts] of cases) {
      for (const task of tasks) await page.getByRole('checkbox', { name: task }).setChecked(chosen.includes(task))
      await page.getByRole('button', { name: texts === many ? 'Many texts' : 'One text' }).click()
      const field = texts === many ? 'Texts, one a line' : 'Text'
      await page.getByLabel(field, { exact: true }).fill(texts === many ? [...many, 'and a fourth'].join('\n') : text)
      const expected = await answered(texts.flatMap((input) => chosen.map((task) => ({ task, input }))))
      const sample = async (language: string) => {
        await page.getByRole('button', { name: language }).click()
        await page.getByRole('button', { name: 'Copy' }).click()
        return page.evaluate<string>('navigator.clipboard.readText()')
      }
      const ran = async (command: string, ...args: string[]) => (await promisify(execFile)(command, args, { cwd: root })).stdout
      const curl = JSON.parse(await ran('bash', '-c', `${await sample('curl')} --silent`))
      expect(curl.results).toMatchObject(expected)
      const python = await ran(
        'python3',
        '-c',
        (await sample('Python')).replace('print(json.load', 'print(json.dumps(json.load').replace(/\)\)$/, ')))'),
      )
      expect(JSON.parse(python).results).toMatchObject(expected)
      const typescript = (await sample('TypeScript')).replace('await response.json()', 'JSON.stringify(await response.json())')
      const { code } = await transform(typescript, { loader: 'ts' })
      expect(JSON.parse(await ran('node', '--input-type=module', '-e', code)).results).toMatchObject(expected)
    }
    await page.context().close()
  })

  test('many texts, pasted or in a file, become a table and a CSV', async () => {
    const page = await open(worker.url)
    await page.getByRole('checkbox', { name: 'tone' }).check()
    await page.getByRole('button', { name: 'Many texts' }).click()
    const texts = Array.from({ length: 120 }, (_, n) => `text number ${n}`)
    const expected = await answered(texts.slice(0, 3).flatMap((input) => tasks.map((task) => ({ task, input }))))
    await page.getByLabel('Texts, one a line').fill(texts.join('\n'))
    await page.getByRole('button', { name: 'Classify' }).click()
    await page.getByText('120 of 120 texts answered in').waitFor()
    const rows = page.getByRole('region', { name: 'Table of results' }).getByRole('row')
    expect(await rows.count()).toBe(101)
    await page.getByRole('button', { name: 'Show more' }).click()
    expect(await rows.count()).toBe(121)
    expect(await rows.nth(2).locator('td').first().textContent()).toContain(expected[2]!.label)

    await page
      .getByLabel('or a file')
      .setInputFiles({ name: 'a.csv', mimeType: 'text/csv', buffer: Buffer.from('id,text\n1,"text number 0"\n2,"a, b"\n') })
    await page.getByText('2 of 2 texts answered in').waitFor()
    const downloading = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Download CSV' }).click()
    const csv = await readFile(await (await downloading).path(), 'utf8')
    expect(csv.split('\r\n').slice(0, 2)).toEqual([
      'text,spam,spam_probability,spam_truncated,tone,tone_probability,tone_truncated',
      `text number 0,${expected[0]!.label},${expected[0]!.probability},false,${expected[1]!.label},${expected[1]!.probability},false`,
    ])
    await page.getByLabel('or a file').setInputFiles({ name: 'a.json', mimeType: 'application/json', buffer: Buffer.from('{') })
    expect(await page.getByRole('alert').textContent()).toContain('Cannot read the file as JSON')
    await page.context().close()
  })

  test('the texts of a file can be asked about again, a text that was cut is marked, and a file that can’t be read leaves nothing of the last', async () => {
    const page = await open(worker.url)
    await page.getByRole('button', { name: 'Many texts' }).click()
    const classify = page.getByRole('button', { name: 'Classify', exact: true })
    const buffer = Buffer.from(`short\n${'long '.repeat(2000)}`)
    await page.getByLabel('or a file').setInputFiles({ name: 'a.txt', mimeType: 'text/plain', buffer })
    const table = page.getByRole('region', { name: 'Table of results' })
    const cells = async () => (await table.locator('td').allTextContents()).map((cell) => cell.includes('its end was lost'))
    await page.getByText('2 of 2 texts answered in').waitFor()
    expect(await cells()).toEqual([false, true])
    expect(await page.locator('pre').textContent()).toContain('short')
    await page.getByRole('checkbox', { name: 'tone' }).check()
    await page.getByText('have changed since').waitFor()
    await page.getByText('Classify answers the 2 texts of a.txt').waitFor()
    expect(await axeFindings(page)).toEqual([])
    await classify.click()
    await expect.poll(cells).toEqual([false, false, true, true])
    expect(await page.getByText('have changed since').count()).toBe(0)

    const image = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0])
    await page.getByLabel('or a file').setInputFiles({ name: 'b.csv', mimeType: 'text/csv', buffer: image })
    expect(await page.getByRole('alert').textContent()).toContain('Cannot read b.csv: it is not text in UTF-8')
    expect(await table.count()).toBe(0)
    expect(await page.locator('pre').textContent()).not.toContain('short')
    expect(await classify.isDisabled()).toBe(true)
    await page.context().close()
  })

  test('the switch answers in this browser, as the Worker does and without asking it', async () => {
    const page = await open(worker.url)
    const asked: string[] = []
    page.on('request', (request) => asked.push(new URL(request.url()).pathname))
    const cards = page.getByRole('article')
    const shown = async () => {
      await page.getByRole('button', { name: 'Classify' }).click()
      await cards.nth(1).waitFor()
      return cards.allTextContents()
    }
    await page.getByRole('checkbox', { name: 'tone' }).check()
    await page.getByLabel('Text', { exact: true }).fill(text)
    const fromWorker = await shown()
    await page.getByRole('checkbox', { name: 'Run in this browser' }).check()
    await page.getByText(/^Ready on WebAssembly, \d threads? \(int8\): [\d.]+ MB in /).waitFor()
    expect(asked).toContain('/browser/index.js')
    expect(await axeFindings(page)).toEqual([])
    asked.length = 0
    await page.getByLabel('Text', { exact: true }).fill(`${text}!`)
    await page.getByLabel('Text', { exact: true }).fill(text)
    expect(await shown()).toEqual(fromWorker)
    await page.getByText('in this browser: ').waitFor()
    await page.getByRole('button', { name: 'TypeScript' }).click()
    expect(asked).toEqual([])
    // what the sample imports is here the page's own copy of it
    const run = async () => {
      const sample = (await page.locator('pre').textContent())!
      const body = sample
        .replace("import { loadTask } from 'softprompt/browser'", "const { loadTask } = await import('/browser/index.js')")
        .replace(/console\.log\((.*)\)$/s, 'return $1')
      return page.evaluate<unknown>(`(async () => { ${body} })()`)
    }
    const expected = await answered(tasks.map((task) => ({ task, input: text })))
    expect(await run()).toMatchObject(expected)
    await page.getByRole('checkbox', { name: 'tone' }).uncheck()
    expect(await run()).toMatchObject(expected[0]!)
    await page.getByRole('checkbox', { name: 'tone' }).check()
    asked.length = 0

    await page.getByRole('checkbox', { name: 'Run in this browser' }).uncheck()
    await shown()
    await page.getByText('in the service: ').waitFor()
    expect(asked).toEqual(['/v1/classify'])
    await page.context().close()
  })

  test('while a model comes it says what is waited for, out of how many bytes', async () => {
    const page = await open(worker.url)
    let letGo = () => {}
    const held = new Promise<void>((resolve) => {
      letGo = resolve
    })
    await page.context().route('**/model.onnx.data', async (route) => {
      await held
      await route.continue()
    })
    await page.getByRole('checkbox', { name: 'Run in this browser' }).check()
    const bar = page.getByRole('progressbar', { name: 'Loading the model' })
    await bar.waitFor()
    await page.locator('.place').getByText('Loading the model …').waitFor()
    const told = await page.getByText(/^[\d.]+ of [\d.]+ MB$|^[\d.]+ MB of [\d.]+ MB$/).textContent()
    expect(await bar.getAttribute('aria-valuetext')).toBe(told)
    const total = await bar.getAttribute('max')
    expect(await axeFindings(page)).toEqual([])
    letGo()
    await page.getByText(/^Ready on /).waitFor()
    expect(await page.getByText(/^Ready on /).textContent()).toContain(`: ${(Number(total) / 1e6).toFixed(1)} MB in `)
    expect(await page.getByRole('progressbar').count()).toBe(0)
    await page.context().close()
  })

  test('what is odd of a task is shown, and what can’t be is said by the page’s own controls until something else is tried', async () => {
    const page = await open(worker.url)
    await page.getByRole('checkbox', { name: 'warned' }).check()
    await page.getByRole('checkbox', { name: 'Run in this browser' }).check()
    const warnings = page.getByRole('list', { name: 'Warnings' })
    expect(await warnings.textContent()).toMatch(/^warned: .*trained through int8 weights, this model has float32/)
    expect(await axeFindings(page)).toEqual([])
    await page.getByRole('checkbox', { name: 'warned' }).uncheck()
    await warnings.waitFor({ state: 'detached' })

    const device = page.getByRole('combobox')
    await device.selectOption('WebGPU')
    const alerts = page.getByRole('alert')
    const why =
      /^It can’t run as chosen: its model is published with int8 weights, and WebGPU runs q8 or q4 ones\. Choose another device, or switch “Run in this browser” off/
    await expect.poll(() => alerts.allTextContents()).toEqual([expect.stringMatching(why)])
    await page.getByRole('button', { name: 'Classify' }).click()
    await expect.poll(() => alerts.allTextContents()).toEqual([expect.stringMatching(why), expect.stringMatching(why)])
    await page.getByRole('checkbox', { name: 'tone' }).check()
    await expect.poll(async () => (await alerts.allTextContents())[0]).toMatch(/^(spam|tone): It can’t run as chosen/)
    await device.selectOption('WebAssembly')
    await expect.poll(() => alerts.count()).toBe(0)
    await page.getByText(/^Ready on WebAssembly/).waitFor()
    expect(await alerts.count()).toBe(0)
    await page.context().close()
  })

  test('a model that ended is loaded anew with the next text', async () => {
    const page = await (await browser.newContext()).newPage()
    await page.goto(worker.url)
    await page.getByRole('checkbox', { name: 'Run in this browser' }).check()
    await page.getByText(/^Ready on /).waitFor()
    const engine = page.workers().find((each) => each.url().endsWith('/engine.js'))!
    await engine.evaluate(() => void setTimeout(() => { throw new Error('no memory is left') })) // biome-ignore format: one thought
    await expect.poll(() => page.workers().map((each) => each.url()), { timeout: 10_000 }).toEqual([])
    const classify = page.getByRole('button', { name: 'Classify' })
    await classify.click()
    const alert = page.getByRole('region', { name: 'Answers' }).getByRole('alert')
    expect(await alert.textContent()).toMatch(/^The model ended in this browser.* Classify again/)
    await classify.click()
    await page.getByRole('article').waitFor()
    await page.getByText(/^Ready on /).waitFor()
    expect(await page.getByRole('alert').count()).toBe(0)
    await page.context().close()
  })

  test('answers to another text, or of other tasks, are marked as such', async () => {
    const page = await open(worker.url)
    const field = page.getByLabel('Text', { exact: true })
    await field.fill('one text')
    await page.getByRole('button', { name: 'Classify' }).click()
    await page.getByRole('article').waitFor()
    const mark = page.getByText('have changed since')
    expect(await mark.count()).toBe(0)
    await field.fill('another text')
    expect(await mark.textContent()).toContain('these answers are to “one text”')
    expect(await axeFindings(page)).toEqual([])
    await field.fill('one text')
    expect(await mark.count()).toBe(0)
    await page.getByRole('checkbox', { name: 'tone' }).check()
    await mark.waitFor()
    await page.getByRole('button', { name: 'Classify' }).click()
    await page.getByRole('article').nth(1).waitFor()
    expect(await mark.count()).toBe(0)

    await page.getByRole('button', { name: 'Many texts' }).click()
    await page.getByLabel('Texts, one a line').fill('one')
    await page.getByRole('button', { name: 'Classify' }).click()
    await page.getByText('1 of 1 texts answered in').waitFor()
    expect(await mark.count()).toBe(0)
    await page.getByLabel('Texts, one a line').fill('two')
    await mark.waitFor()
    await page.getByLabel('or a file').setInputFiles({ name: 'a.txt', mimeType: 'text/plain', buffer: Buffer.from('three\nfour') })
    await page.getByText('2 of 2 texts answered in').waitFor()
    expect(await mark.count()).toBe(0)
    await page.getByRole('checkbox', { name: 'tone' }).uncheck()
    await mark.waitFor()
    await page.context().close()
  })

  test('where keys are set it asks for one, and keeps the one that is right until the tab is closed', async () => {
    const closed = await startLocalWorker(root, never, { persistTo: join(local.folder, 'state'), apiKeys: 'right-key' })
    try {
      const context = await browser.newContext()
      const page = await context.newPage()
      await page.goto(closed.url)
      await page.getByLabel('API key').fill('wrong-key')
      await page.getByRole('button', { name: 'Use this key' }).click()
      expect(await page.getByRole('alert').textContent()).toContain('the API key is not valid here')
      expect(await axeFindings(page)).toEqual([])
      await page.getByLabel('API key').fill('right-key')
      await page.getByRole('button', { name: 'Use this key' }).click()
      await page.getByRole('button', { name: 'Classify' }).click()
      await page.getByRole('article').waitFor()
      expect(await page.locator('pre').textContent()).toContain('$SOFTPROMPT_API_KEY')
      expect(await page.locator('pre').textContent()).not.toContain('right-key')
      await page.reload()
      await page.getByRole('checkbox', { name: 'spam' }).waitFor()
      const other = await context.newPage()
      await other.goto(closed.url)
      await other.getByLabel('API key').waitFor()
      await context.close()
    } finally {
      await closed.stop()
    }
  })

  test.each([
    [390, 'light'],
    [390, 'dark'],
    [1280, 'light'],
    [1280, 'dark'],
  ] as const)('axe finds nothing, and nothing stands beyond the edge, at %d px in %s', async (width, colorScheme) => {
    const page = await open(worker.url, { viewport: { width, height: 900 }, colorScheme })
    const looks = async () => {
      expect(await axeFindings(page)).toEqual([])
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width)
      const cut = '[...document.querySelectorAll("pre, .scroll")].filter((each) => each.scrollWidth > each.clientWidth).length'
      expect(await page.evaluate(cut)).toBe(0)
    }
    await page.getByRole('checkbox', { name: 'tone' }).check()
    await page.getByRole('button', { name: 'Classify' }).click()
    await page.getByRole('article').first().waitFor()
    await looks()
    await page.getByRole('button', { name: 'Many texts' }).click()
    await page.getByLabel('Texts, one a line').fill(`one\n${'two '.repeat(40)}`)
    await page.getByRole('button', { name: 'Classify' }).click()
    await page.getByText('2 of 2 texts answered in').waitFor()
    await looks()
    await page.context().close()
  })

  test.each(['light', 'dark'] as const)(
    'the API’s documentation lists every operation under what it is about, in %s',
    async (colorScheme) => {
      const page = await open(`${worker.url}/docs`, { colorScheme })
      const { paths, tags } = (await (await fetch(`${worker.url}/openapi.json`)).json()) as {
        paths: Record<string, object>
        tags: { name: string }[]
      }
      for (const path of Object.keys(paths)) await page.getByText(path, { exact: true }).first().waitFor()
      for (const { name } of tags) await page.getByRole('link', { name, exact: true }).waitFor()
      expect(await page.getByRole('link', { name: 'default', exact: true }).count()).toBe(0)
      const isDark = async () =>
        (await page.evaluate<number>('Number(/\\d+/.exec(getComputedStyle(document.querySelector(".swagger-ui")).color))')) > 128 // its ink is light
      expect(await isDark()).toBe(colorScheme === 'dark')
      await page.emulateMedia({ colorScheme: colorScheme === 'dark' ? 'light' : 'dark' })
      await expect.poll(isDark).toBe(colorScheme !== 'dark')
      await page.context().close()
    },
  )

  /** What axe finds in Swagger UI's own markup, which no style sheet mends. */
  const ofSwagger = [
    'nested-interactive', // an operation's path is a link in the button that opens it
    'heading-order', // its tags are h3 under an h1
    'landmark-unique', // the table of an open operation's responses is a region without a name
    'scrollable-region-focusable', // an example scrolls sideways, where browsers let the keyboard in by themselves
  ]
  test.each([
    [390, 'light'],
    [390, 'dark'],
    [1280, 'light'],
    [1280, 'dark'],
  ] as const)('the API’s documentation can be read at %d px in %s', async (width, colorScheme) => {
    const page = await open(`${worker.url}/docs`, { viewport: { width, height: 900 }, colorScheme })
    await page.locator('.opblock').first().waitFor()
    for (const name of [/^POST/, /^GET/]) await page.getByRole('button', { name }).first().click()
    await page.getByText('Media type').first().waitFor()
    expect(await axeFindings(page, ofSwagger)).toEqual([])
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width)
    for (const about of await page.locator('.opblock-tag > small').all()) expect((await about.boundingBox())?.width).toBeGreaterThan(200)
    await page.context().close()
  })

  test('it is small, and served with a policy that lets in nothing inline and nothing from elsewhere', async () => {
    const site = join(root, 'dist/worker/site')
    const sizes = await Promise.all(
      ['index.html', 'playground.js', 'playground.css'].map(async (file) => (await stat(join(site, file))).size),
    )
    expect(sizes.reduce((sum, size) => sum + size)).toBeLessThan(60_000)
    for (const path of ['/', '/docs', '/playground.js']) {
      const { headers } = await fetch(worker.url + path)
      const policy = headers.get('content-security-policy')
      expect(policy).toContain("default-src 'none'")
      expect(policy).not.toMatch(/unsafe-inline|unsafe-eval(?<!wasm-unsafe-eval)|https?:|\*/)
      expect(headers.get('x-content-type-options')).toBe('nosniff')
    }
  })
})
