import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { evaluateCommand } from '../../../../trainer/cli/commands/evaluate.ts'
import { publishCommand } from '../../../../trainer/cli/commands/publish.ts'
import { reportCommand } from '../../../../trainer/cli/commands/report.ts'
import { trainCommand } from '../../../../trainer/cli/commands/train.ts'
import { examplesOfTwoKinds, linesOf, quotedCsv } from '../../../fixtures/examples.ts'
import { temporaryFolder } from '../../../fixtures/imported-model.ts'
import { runInProcess } from '../../../fixtures/run-in-process.ts'
import { writeSmallModel } from '../../../fixtures/small-model.ts'
import { writeRandomPrompt } from '../../../fixtures/written-prompt.ts'

const folder = temporaryFolder()
const at = (name: string) => join(folder, name)
const run = (...args: string[]) => runInProcess([trainCommand, evaluateCommand, publishCommand, reportCommand], ...args, '--json')
const page = (name: string) => readFileSync(at(name), 'utf8')
const model = () => ['--model', at('model'), '--threads', '1']
const training = ['--steps', '4', '--evaluate-every', '2', '--virtual-tokens', '4', '--batch-size', '4']

beforeAll(async () => {
  const card = await writeSmallModel(at('model'))
  await writeRandomPrompt(at('adopted'), card, { task: 'adopted' })
  writeFileSync(at('train.jsonl'), linesOf(examplesOfTwoKinds))
  writeFileSync(at('test.csv'), quotedCsv(examplesOfTwoKinds))
})

describe('a package', () => {
  test('is reported as it is trained, and again at any time, without training or a model', async () => {
    const trained = await run(
      'train',
      '--task',
      'kind',
      '--train',
      at('train.jsonl'),
      '--out',
      at('kind'),
      ...model(),
      ...training,
      '--report',
      at('trained.html'),
    )
    expect(trained.code, trained.stderr).toBe(0)
    expect(trained.stderr).toContain(`The report is in ${at('trained.html')}.`)
    const again = await run('report', at('kind'), '--out', at('again/report.html'))
    expect(again.code, again.stderr).toBe(0)
    expect(again.json).toEqual({ report: at('again/report.html'), task: 'kind', prompt: trained.json.prompt, missing: null })
    expect(page('again/report.html')).toBe(page('trained.html'))
    expect(page('trained.html').startsWith('<!doctype html>')).toBe(true)
    for (const said of [...(trained.json.verdict as string[]), trained.json.prompt, 'Loss by step', 'publish ', 'show kind'])
      expect(page('trained.html').replaceAll('&quot;', '"').replaceAll('&#39;', "'")).toContain(said)
    expect(readdirSync(at('again'))).toEqual(['report.html'])
  })

  test('is reported as it is measured on a file, with what else answers that', async () => {
    const measured = await run('evaluate', at('kind'), '--data', at('test.csv'), ...model(), '--report', at('measured.html'))
    expect(measured.code, measured.stderr).toBe(0)
    const html = page('measured.html')
    expect(html).toContain(`On ${at('test.csv')}: 24 examples of 2 labels`)
    expect(html).toContain(`Accuracy on ${at('test.csv')}`)
    expect(html).toContain('In detail, on dev')
    expect(measured.json.riskCoverage.points.at(-1)).toMatchObject({ coverage: 1 })
    expect(measured.json.mistakes.length).toBe(Math.min(30, Math.round(24 * (1 - measured.json.accuracy))))
  })

  test('that was adopted, or whose events are damaged or another’s, is reported as far as it is known', async () => {
    const adopted = await run('report', at('adopted'), '--out', at('adopted.html'))
    expect(adopted.code, adopted.stderr).toBe(0)
    expect(adopted.json.missing).toMatch(/There is no events\.jsonl beside this package/)
    expect(page('adopted.html')).toContain('So there is no verdict')
    const events = page('kind/events.jsonl')
    const reported = async (text: string) => {
      writeFileSync(at('kind/events.jsonl'), text)
      const { code, json } = await run('report', at('kind'), '--out', at('damaged.html'))
      expect(code).toBe(0)
      return json.missing as string
    }
    expect(await reported(`nonsense\n${events}`)).toMatch(/events\.jsonl, line 1: it is not JSON/)
    expect(await reported(events.replaceAll(/"prompt":"[0-9a-f]{64}"/g, `"prompt":"${'0'.repeat(64)}"`))).toMatch(/it is of another one/)
    expect(await reported(events.slice(0, -10))).toMatch(/or was cut off/) // its last line was
    writeFileSync(at('kind/events.jsonl'), events)
  })

  test.each([
    ['a file that is no report', ['--out', 'precious.txt'], /is no report, and would be lost\. Name another file with --out/],
    ['a folder', ['--out', 'kind'], /Cannot write a report to/],
    ['a place among a package’s files', ['--out', 'kind/report.html'], /that folder is a prompt package, which holds nothing else/],
    ['what is no file', ['--out', 'pipe'], /is no report, and would be lost/],
    ['no name', ['--out', ''], /that is not the name of a file/],
    ['options of a project', ['--out', 'x.html', '--persist-to', 'y'], /Cannot use --persist-to with a package/],
  ])('is not reported to %s', async (_, given, message) => {
    writeFileSync(at('precious.txt'), 'years of work')
    if (!existsSync(at('pipe'))) execFileSync('mkfifo', [at('pipe')])
    const place = given.map((word, i) => (i === 1 && word !== '' ? at(word) : word))
    const { code, stderr } = await run('report', at('kind'), ...place)
    expect(stderr).toMatch(message)
    expect(code).toBe(2)
    expect(page('precious.txt')).toBe('years of work')
    expect(existsSync(at('x.html'))).toBe(false)
  })

  test('is refused a report before work begins, where none can be written or none is meant', async () => {
    const train = ['train', '--task', 'other', '--train', at('train.jsonl'), '--out', at('other'), ...model(), ...training]
    expect(await run(...train, '--report', at('precious.txt'))).toMatchObject({ code: 2, stderr: expect.stringMatching(/--report/) })
    expect(await run(...train, '--report', at('other/report.html'))).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/is a prompt package/),
    })
    expect(existsSync(at('other'))).toBe(false)
    const evaluate = ['evaluate', at('kind'), '--data', at('test.csv'), '--report', at('x.html')]
    expect(await run(...evaluate, '--zero-shot')).toMatchObject({ code: 2, stderr: expect.stringMatching(/--report with --zero-shot/) })
    expect(await run(...evaluate, '--url', 'http://localhost:1')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/--report with --url/),
    })
    expect(await run('report', at('nowhere'), '--out', at('x.html'))).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/no such folder/),
    })
    expect(existsSync(at('x.html'))).toBe(false)
  })
})

describe('a project', () => {
  const file = at('softprompt.config.json')
  const project = (change: Record<string, unknown> = {}, store = {}) =>
    writeFileSync(
      file,
      JSON.stringify({
        ...store,
        defaults: { model: 'model', steps: 4, evaluateEvery: 2, virtualTokens: 4, batchSize: 4, minimum: { accuracy: 0.1 } },
        tasks: { first: { train: 'train.jsonl', test: 'test.csv', ...change }, second: { train: 'test.csv', minimum: { accuracy: 1 } } },
      }),
    )

  test('is reported as it is trained, with what is missed, and what is live where it has a store', async () => {
    project()
    const inside = await run('train', '--project', file, '--report', at('runs/first/report.html'))
    expect(inside).toMatchObject({ code: 2, stderr: expect.stringMatching(/is a prompt package, which holds nothing else.*--report/) })
    expect(existsSync(at('runs'))).toBe(false)
    const trained = await run('train', '--project', file, '--report', at('project.html'))
    expect(trained.code, trained.stderr).toBe(1)
    expect(page('project.html')).toContain('1 of 2 tasks pass')
    expect(page('project.html')).toContain('no store was asked')
    expect(page('project.html').match(/Loss by step/g)).toHaveLength(2) // each has its own events
    const onTest = /<caption>Accuracy on test<\/caption>(.*?)<\/table>/s.exec(page('project.html'))![1]
    for (const rival of ['this prompt|this package, a probe', 'zero-shot', 'most frequent label']) expect(onTest).toMatch(new RegExp(`>(${rival})<`)) // biome-ignore format: one thought
    mkdirSync(at('bucket'))
    project({}, { bucket: 'bucket' })
    expect((await run('publish', '--project', file, '--only', 'first')).code).toBe(0)
    project({ patience: 3 }, { bucket: 'bucket' })
    const again = await run('train', '--project', file, '--only', 'first', '--report', at('again.html'))
    expect(again.code, again.stderr).toBe(0)
    expect(page('again.html')).toMatch(/[+−]\d+\.\d points<\/strong> <span class="soft">on dev, [01]\.\d{3} is live</)
    project({ seed: 3 }, { bucket: 'bucket' }) // another part is held out
    expect((await run('train', '--project', file, '--only', 'first', '--report', at('other.html'))).code).toBe(0)
    expect(page('other.html')).toMatch(/on dev, [01]\.\d{3} is live, measured on another dev</)
  })

  test('is reported at any time, also where a task has no package, or its test data changed since', async () => {
    project({ test: 'train.jsonl' }, { bucket: 'bucket' })
    rmSync(at('runs/second'), { recursive: true })
    const { code, json, stderr } = await run('report', '--project', file, '--out', at('later.html'))
    expect(code, stderr).toBe(0)
    expect(json).toMatchObject({ tasks: ['first', 'second'], failed: ['first', 'second'] })
    expect(page('later.html')).toContain('accuracy was not measured on test')
    expect(page('later.html')).toContain('it has no package')
    expect(page('later.html')).not.toContain('In detail, on test')
  })

  test('is not reported of a dry run, and reported without what is live where its store does not answer', async () => {
    project({}, { bucket: 'gone' })
    expect(await run('train', '--project', file, '--dry-run', '--report', at('x.html'))).toMatchObject({ code: 2, stderr: expect.stringMatching(/leave out --report, or --dry-run/) }) // biome-ignore format: one thought
    const { stderr } = await run('train', '--project', file, '--only', 'first', '--report', at('storeless.html'))
    expect(stderr).toMatch(/The report does not say what is live: Cannot open store/)
    expect(page('storeless.html')).toContain('no store was asked')
    expect(await run('report', '--project', file, '--out', at('x.html'))).toMatchObject({ code: 2 })
    expect(existsSync(at('x.html'))).toBe(false)
  })
})
