import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { packageReport } from '../../../trainer/report/package-report.ts'
import { projectReport, type ReportedTask } from '../../../trainer/report/project-report.ts'
import { axeFindings } from '../../fixtures/axe.ts'
import { describeInChromium, launchChromium } from '../../fixtures/chromium.ts'
import { temporaryFolder } from '../../fixtures/imported-model.ts'
import { factsFor, severalLabels } from '../../fixtures/report-facts.ts'

const folder = temporaryFolder()
const at = (name: string) => join(folder, name)
const hostile = `</script></style></svg><img src="http://localhost:9/x" onerror="globalThis.hacked=1"><script>globalThis.hacked=2</script>`
const wide = 'Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft'
const labels = ['billing', 'refund', wide, hostile]
const many = Array.from({ length: 60 }, (_, c) => `${wide} ${c}`)
const project = (): ReportedTask[] =>
  ['first', wide, hostile].map((task, n) => ({
    ...{ task, facts: n === 2 ? null : factsFor(labels, { task, text: hostile }), minimum: { accuracy: 0.7 }, judgedOn: 'test' as const },
    ...{ problem: n === 0 ? null : `${wide}${hostile}`, stale: n === 1 ? [hostile] : [], publishing: [`softprompt publish ${hostile}`] },
    live: n === 1 ? { prompt: 'b'.repeat(64), metrics: { accuracy: 0.5 }, dev: null } : undefined,
  }))

/** Pages, each as hard on the layout as it gets. */
const reports: Readonly<Record<string, () => Promise<string>>> = {
  'a package': () =>
    packageReport(factsFor(labels, { task: hostile, text: `${wide} ${hostile}` }), [`softprompt publish ${wide} ${hostile}`]),
  'a package of many labels': () => packageReport(factsFor(many, { N: 240 }), ['softprompt publish x']),
  'a package of several labels a text': () => packageReport(factsFor(labels, { answer: severalLabels(labels.length) }), ['publish']),
  'a project': () => projectReport(`${wide}.yaml`, '2026-03-04T05:06:07.000Z', project()),
}

describeInChromium('a report', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await launchChromium()
  })
  afterAll(() => browser?.close())

  /** A report in a page in which nothing fails, is blocked, or is asked for. */
  async function open(name: string, { width, colorScheme }: { width: number; colorScheme: 'light' | 'dark' }): Promise<Page> {
    const path = at(`${name}.html`)
    await writeFile(path, await (reports[name] as () => Promise<string>)())
    const page = await (await browser.newContext({ viewport: { width, height: 844 }, colorScheme })).newPage()
    const { href } = pathToFileURL(path)
    page.on('request', (request) => expect(request.url()).toBe(href))
    page.on('console', (message) => expect(message.text()).toBe('nothing'))
    page.on('pageerror', (error) => expect(error.message).toBe('nothing'))
    await page.goto(href)
    return page
  }

  const unfold = (page: Page) => page.evaluate(`for (const each of document.querySelectorAll('details')) each.open = true`)
  const looks = (['light', 'dark'] as const).flatMap((colorScheme) => [390, 1280].map((width) => ({ colorScheme, width })))
  const cases = Object.keys(reports).flatMap((name) => looks.map((look) => ({ name, ...look })))

  test.each(cases)('$name can be read by everybody, and fits ($colorScheme, $width)', async ({ name, ...look }) => {
    const page = await open(name, look)
    for (const unfolded of [false, true]) {
      if (unfolded) await unfold(page)
      expect(await axeFindings(page)).toEqual([])
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(look.width)
    }
    expect(await page.evaluate('globalThis.hacked')).toBe(undefined)
    expect(await page.evaluate(`document.querySelectorAll('img, script, iframe, link').length`)).toBe(0)
    await page.context().close()
  })

  test('a script that got in would not run, and nothing would be fetched', async () => {
    const path = at('spoiled.html')
    const html = (await (reports['a package'] as () => Promise<string>)()).replace('<main>', `<main><script>globalThis.hacked = 3</script><img src="${pathToFileURL(at('x.png'))}"><p style="color: red">`) // biome-ignore format: one thought
    await writeFile(path, html)
    const page = await (await browser.newContext()).newPage()
    const blocked: string[] = []
    page.on('console', (message) => blocked.push(message.text()))
    await page.goto(pathToFileURL(path).href)
    expect(await page.evaluate('globalThis.hacked')).toBe(undefined)
    expect(blocked.filter((text) => /Content Security Policy/.test(text)).length).toBeGreaterThanOrEqual(3)
    await page.context().close()
  })

  test('an index leads to its tasks, which unfold', async () => {
    const page = await open('a project', { width: 390, colorScheme: 'light' })
    const task = page.locator('#task-0')
    expect(await task.isVisible()).toBe(false)
    await page.getByRole('link', { name: 'first' }).click()
    await task.waitFor({ state: 'visible' })
    expect(await page.getByRole('row').count()).toBe(4 + (await page.locator('#task-0').getByRole('row').count())) // it is a table on a phone too
    await page.context().close()
  })

  test('in print all is unfolded, dark on white, and no wider than the paper', async () => {
    const page = await open('a project', { width: 720, colorScheme: 'dark' })
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' })
    expect(await page.locator('#task-1').isVisible()).toBe(true)
    expect(await page.evaluate('getComputedStyle(document.documentElement).backgroundColor')).toBe('rgb(255, 255, 255)')
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(720)
    expect((await page.pdf({ format: 'A4' })).length).toBeGreaterThan(10_000)
    await page.context().close()
  })
})
