import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { publishCommand } from '../../../trainer/cli/commands/publish.ts'
import { statusCommand } from '../../../trainer/cli/commands/status.ts'
import { trainCommand } from '../../../trainer/cli/commands/train.ts'
import { examplesOfTwoKinds, linesOf, quotedCsv } from '../../fixtures/examples.ts'
import { temporaryFolder } from '../../fixtures/imported-model.ts'
import { runningOwner } from '../../fixtures/owners.ts'
import { root } from '../../fixtures/root.ts'
import { runInProcess } from '../../fixtures/run-in-process.ts'
import { writeSmallModel } from '../../fixtures/small-model.ts'

const folder = temporaryFolder()
const at = (name: string) => join(folder, name)
const run = (...args: string[]) => runInProcess([trainCommand, publishCommand, statusCommand], ...args, '--json')
const file = at('softprompt.config.json')
const project = (change: (content: Content) => unknown = () => undefined) => {
  const content: Content = {
    defaults: { model: 'model', steps: 4, evaluateEvery: 2, virtualTokens: 4, batchSize: 4 },
    tasks: {
      kind: { train: 'kind/*.jsonl', test: 'test.csv', minimum: { accuracy: 0.1 } },
      strict: { train: ['kind/a.jsonl', 'kind/b.jsonl'], dev: 'test.csv', minimum: { accuracy: 1, macroF1: 1 } },
    },
  }
  change(content)
  writeFileSync(file, JSON.stringify(content))
}
interface Content {
  defaults: Record<string, unknown>
  tasks: Record<string, Record<string, unknown>>
}
const train = (...args: string[]) => run('train', '--project', file, ...args)
const publish = (...args: string[]) => run('publish', '--project', file, '--store', at('bucket'), ...args)
const tasksOf = ({ json }: { json: unknown }) => Object.fromEntries((json as { tasks: { task: string }[] }).tasks.map((each) => [each.task, each])) as Record<string, Record<string, unknown>> // biome-ignore format: one cast

beforeAll(async () => {
  await writeSmallModel(at('model'))
  for (const name of ['kind', 'bucket']) mkdirSync(at(name))
  writeFileSync(at('kind/a.jsonl'), linesOf(examplesOfTwoKinds.slice(0, 12)))
  writeFileSync(at('kind/b.jsonl'), linesOf(examplesOfTwoKinds.slice(12)))
  writeFileSync(at('test.csv'), quotedCsv(examplesOfTwoKinds))
  project()
})

describe('a project', () => {
  test('is said to be new before it is trained, and nothing is done', async () => {
    const planned = await train('--dry-run')
    expect(planned.code, planned.stderr).toBe(0)
    expect(tasksOf(planned)).toMatchObject({ kind: { train: true, reasons: ['no package yet'] }, strict: { train: true } })
    expect(planned.json).toMatchObject({ examples: 32, seconds: expect.any(Number) })
    expect(planned.stderr).toContain('Trying a few steps')
    const said = await runInProcess([trainCommand], 'train', '--project', file, '--dry-run')
    expect(said.stdout).toMatch(/32 examples, .*; some \d+ seconds at the \d+ examples a second of a few steps that were tried\.$/m)
    expect(existsSync(at('runs'))).toBe(false)
  })

  test('of nothing but probes takes no time worth telling', async () => {
    project(({ defaults }) => {
      for (const name of Object.keys(defaults)) if (name !== 'model') delete defaults[name]
      defaults.method = 'probe'
    })
    const planned = await train('--dry-run')
    expect(planned).toMatchObject({ code: 0, json: { examples: 0, seconds: null } })
    expect(planned.stderr).not.toContain('Trying')
    project()
  })

  test('is trained, measured and judged by one command, and ends with code 1 where a task falls short', async () => {
    const trained = await train('--junit', at('junit.xml'))
    expect(trained.code, trained.stderr).toBe(1)
    const { kind, strict } = tasksOf(trained)
    expect(kind).toMatchObject({
      result: 'trained',
      passed: true,
      problem: null,
      dev: { majority: 0.5 },
      test: { accuracy: expect.any(Number) },
    })
    expect(strict).toMatchObject({ result: 'trained', passed: false, test: null })
    expect(strict!.problem).toMatch(/^accuracy 0\.\d+ on dev is below 1; macroF1 0\.\d+ on dev is below 1$/)
    expect(trained.json).toMatchObject({ failed: ['strict'] })
    expect(JSON.stringify(trained.json)).not.toMatch(/--(?!only)[a-z]/) // a project file has keys, and no flags
    const report = readFileSync(at('junit.xml'), 'utf8')
    expect(report).toMatch(/<testsuite name="softprompt" tests="2" failures="1"/)
    expect(report).toContain(`<failure message="${strict!.problem}"/>`)
  })

  test('has nothing done to it again, until something that a package is made from changes', async () => {
    const before = readFileSync(at('runs/kind/prompt.json'), 'utf8')
    expect(tasksOf(await train())).toMatchObject({ kind: { result: 'unchanged' }, strict: { result: 'unchanged' } })
    const reasons = async () => Object.values(tasksOf(await train('--dry-run'))).map(({ task, reasons }) => [task, reasons])
    expect(await reasons()).toEqual([['kind', []], ['strict', []]]) // biome-ignore format: pairs
    project(({ tasks }) => Object.assign(tasks.kind!, { seed: 5, minimum: { accuracy: 0.2 } })) // what it must reach makes no other package
    expect(await reasons()).toEqual([['kind', ['the settings changed']], ['strict', []]]) // biome-ignore format: pairs
    project(({ tasks }) => Object.assign(tasks.strict!, { dev: 'kind/a.jsonl', verbalizers: { fruit: 'sweet' } }))
    expect(await reasons()).toEqual([['kind', []], ['strict', ['the dev data changed', 'the settings changed']]]) // biome-ignore format: pairs
    project()
    writeFileSync(at('kind/b.jsonl'), `${linesOf(examplesOfTwoKinds.slice(12))}\n{"text": "a lead pipe", "label": "metal"}`)
    expect(await reasons()).toEqual([['kind', ['the training data changed']], ['strict', ['the training data changed']]]) // biome-ignore format: pairs
    const again = await train('--only', 'kind')
    expect(tasksOf(again)).toMatchObject({ kind: { result: 'trained' } })
    expect(again.json).toMatchObject({ tasks: [{ task: 'kind' }] })
    expect(readFileSync(at('runs/kind/prompt.json'), 'utf8')).not.toBe(before)
    writeFileSync(at('kind/b.jsonl'), linesOf(examplesOfTwoKinds.slice(12)))
    expect((await train('--only', 'kind')).code).toBe(0)
    expect(readFileSync(at('runs/kind/prompt.json'), 'utf8')).toBe(before)
    expect(tasksOf(await train('--only', 'kind', '--force', '--dry-run'))).toMatchObject({ kind: { reasons: ['--force'] } })
  })

  test('takes a package that was trained by itself, of the same examples with the same settings, for its own', async () => {
    const [data, model] = ['test.csv', 'model'].map(at) as [string, string]
    const said = ['--steps', '4', '--evaluate-every', '2', '--virtual-tokens', '4', '--batch-size', '4']
    const alone = await run('train', '--task', 'alone', '--train', data, '--model', model, '--out', at('runs/alone'), ...said)
    expect(alone.code, alone.stderr).toBe(0)
    project(({ tasks }) => Object.assign(tasks, { alone: { train: 'test.csv' } }))
    expect(tasksOf(await train('--only', 'alone', '--dry-run'))).toMatchObject({ alone: { reasons: [] } })
    project()
  })

  test('is measured again, and not trained, where its test data changes', async () => {
    const before = readFileSync(at('runs/kind/prompt.json'), 'utf8')
    project(({ tasks }) => Object.assign(tasks.kind!, { test: 'kind/*.jsonl' }))
    expect(tasksOf(await train('--only', 'kind'))).toMatchObject({ kind: { result: 'measured' } })
    expect(readFileSync(at('runs/kind/prompt.json'), 'utf8')).toBe(before)
    project()
    await train('--only', 'kind')
  })

  test('is published as far as it passes, once', async () => {
    const first = await publish()
    expect(first.code, first.stderr).toBe(1)
    expect(tasksOf(first)).toMatchObject({ kind: { result: 'published', problem: null }, strict: { result: 'not published' } })
    expect(tasksOf(first).strict!.problem).toMatch(/on dev is below 1/)
    expect(tasksOf(await publish())).toMatchObject({ kind: { result: 'live already' } })
    expect((await publish('--only', 'kind')).code).toBe(0)
    project(({ tasks }) => Object.assign(tasks.kind!, { seed: 6 }))
    expect(tasksOf(await publish())).toMatchObject({ kind: { result: 'not published', problem: 'the settings changed: train it first' } })
    project()
  })

  test('shows how it stands', async () => {
    project(({ tasks }) => Object.assign(tasks, { fresh: { train: 'test.csv' } }))
    const shown = await run('status', '--project', file, '--store', at('bucket'))
    expect(shown.code, shown.stderr).toBe(0)
    expect(tasksOf(shown)).toMatchObject({
      kind: { examples: { train: 24, dev: null, test: 24 }, passes: true, liveIsPackage: true, stale: [] },
      strict: { passes: false, live: null },
      fresh: { package: null, stale: ['no package yet'] },
    })
    project()
  })

  test('is published where is asked, and where its file says only if nowhere is', async () => {
    writeFileSync(file, readFileSync(file, 'utf8').replace('{', '{"bucket":"bucket",'))
    const there = await run('status', '--project', file)
    expect(there.json).toMatchObject({ where: expect.stringContaining(at('bucket')) }) // from the file's folder on
    mkdirSync(at('elsewhere'))
    expect((await run('status', '--project', file, '--store', at('elsewhere'))).json).toMatchObject({
      where: expect.stringContaining('elsewhere'),
    })
    const local = await run('status', '--project', file, '--config', at('nowhere.toml'))
    expect(local).toMatchObject({ code: 2, stderr: expect.stringContaining('nowhere.toml') })
    project()
  })

  test('is trained on where one of its models can’t be opened, and reported all the same', async () => {
    cpSync(at('model'), at('broken'), { recursive: true })
    writeFileSync(at('broken/model.onnx'), 'none')
    project(({ tasks }) => Object.assign(tasks.strict!, { model: 'broken', dev: 'kind/a.jsonl' }))
    const leak = expect.stringMatching(/^dev shares all its 12 texts with train/)
    expect(tasksOf(await train('--dry-run')).strict!.warnings).toContainEqual(leak)
    const trained = await train('--junit', at('reports/junit.xml'))
    expect(trained.code, trained.stderr).toBe(1)
    expect(tasksOf(trained)).toMatchObject({ kind: { passed: true }, strict: { result: 'failed', passed: false } })
    expect(tasksOf(trained).strict!.warnings).toContainEqual(leak)
    expect(readFileSync(at('reports/junit.xml'), 'utf8')).toContain('failures="1"')
    writeFileSync(at('notes.txt'), 'mine')
    const refused = await train('--junit', at('notes.txt'))
    expect(refused.stderr).toMatch(/notes\.txt: the file that is there is no JUnit report, and would be lost/)
    expect(readFileSync(at('notes.txt'), 'utf8')).toBe('mine')
    project()
  })

  test('is trained again where what lies beside a package is damaged', async () => {
    writeFileSync(at('runs/kind/local.json'), '{')
    writeFileSync(at('runs/kind/evaluation.json'), '{')
    expect(tasksOf(await train('--dry-run'))).toMatchObject({ kind: { reasons: ['its package does not say what it was made from'] } })
    expect(tasksOf(await train('--only', 'kind'))).toMatchObject({ kind: { result: 'trained' } })
  })

  test('has what was published told where the bucket fails later', async () => {
    project(({ tasks }) => Object.assign(tasks.strict!, { minimum: {} }))
    renameSync(at('bucket/prompts'), at('moved'))
    writeFileSync(at('bucket/prompts'), 'a file')
    const stopped = await publish()
    expect(stopped.code, stopped.stderr).toBe(1)
    expect(tasksOf(stopped)).toMatchObject({ kind: { result: 'live already' }, strict: { result: 'not published' } })
    expect(tasksOf(stopped).strict!.problem).toMatch(/prompts/)
    rmSync(at('bucket/prompts'))
    renameSync(at('moved'), at('bucket/prompts'))
    project()
  })

  test('shows how it stands where there is no bucket', async () => {
    process.chdir(folder) // above which is no wrangler.toml
    try {
      const shown = await run('status')
      expect(shown.code, shown.stderr).toBe(0)
      expect(shown.stderr).toMatch(/^Warning: what is live is not known: Cannot find wrangler\.toml/m)
      expect(shown.json).toMatchObject({ where: null, problem: expect.stringContaining('wrangler.toml') })
      expect(tasksOf(shown)).toMatchObject({ kind: { live: null, liveIsPackage: null } })
      const told = await runInProcess([statusCommand], 'status')
      expect(told.stdout).toMatch(/^kind .* \? /m)
    } finally {
      process.chdir(root)
    }
  })

  test('says how to go on, as it was named', async () => {
    project(({ tasks }) => Reflect.deleteProperty(tasks, 'strict'))
    const { stdout } = await runInProcess([trainCommand], 'train', '--project', file)
    expect(stdout).toMatch(new RegExp(`^ {2}.* publish --project ${file}$`, 'm'))
    project()
  })

  test('is worked on by one at a time', async () => {
    const { owner, end } = await runningOwner()
    writeFileSync(at(`runs/.softprompt-lock-${owner}`), '')
    for (const again of [() => train(), () => publish()])
      expect(await again()).toMatchObject({ code: 2, stderr: expect.stringContaining('another softprompt is at work on it') })
    expect((await train('--dry-run')).code).toBe(0)
    await end()
    expect((await train('--only', 'kind')).code).toBe(0)
  })
})

describe('what a project cannot be made of is told before the model is loaded:', () => {
  test.each<[string, (content: Content) => unknown, string]>([
    [
      'files that are not there',
      ({ tasks }) => Object.assign(tasks.kind!, { dev: 'nowhere.csv' }),
      'tasks.kind.dev is nowhere.csv, and there is no such file.',
    ],
    ['globs that match nothing', ({ tasks }) => Object.assign(tasks.kind!, { train: 'no*.csv' }), 'tasks.kind.train is no*.csv'],
    ['a model that is none', ({ defaults }) => Object.assign(defaults, { model: 'kind' }), 'model is kind, and there is no model package'],
    [
      'columns that the file lacks',
      ({ tasks }) => Object.assign(tasks.kind!, { textColumn: 'body' }),
      'say with tasks.kind.textColumn and tasks.kind.labelColumn which two to read',
    ],
    [
      'labels that training lacks',
      ({ tasks }) => Object.assign(tasks.kind!, { dev: 'alien.jsonl' }),
      'label "stone" is not in the training data',
    ],
    [
      'a verbalizer of no label',
      ({ tasks }) => Object.assign(tasks.kind!, { verbalizers: { wood: 'tree' } }),
      'Cannot use verbalizer wood=tree',
    ],
    [
      'a text to begin from that nothing takes',
      ({ tasks }) => Object.assign(tasks.kind!, { initText: 'Hello' }),
      'Cannot start from tasks.kind.initText alone: add tasks.kind.init: text',
    ],
    [
      'a text that cannot be held out',
      ({ tasks }) => Object.assign(tasks.kind!, { train: 'alike.jsonl', test: 'alike.jsonl' }),
      'tasks.kind: Cannot hold out a part of ',
    ],
    ['a folder that holds something else', ({ tasks }) => Object.assign(tasks, { thesis: { train: 'test.csv' } }), 'holds something else (thesis.txt), which would be lost. Name another folder with runs.'], // biome-ignore format: a table
    ['one label', ({ tasks }) => Object.assign(tasks.kind!, { train: 'one.jsonl' }), 'tasks.kind: '],
  ])('%s', async (_, change, wanted) => {
    writeFileSync(at('alien.jsonl'), '{"text": "a flint", "label": "stone"}')
    writeFileSync(at('one.jsonl'), linesOf(examplesOfTwoKinds.slice(0, 3)))
    writeFileSync(at('alike.jsonl'), linesOf([{ text: 'A', label: 'fruit' }, { text: ' a', label: 'metal' }])) // biome-ignore format: a row
    mkdirSync(at('runs/thesis'), { recursive: true })
    writeFileSync(at('runs/thesis/thesis.txt'), 'years of work')
    project(change)
    for (const args of [[], ['--dry-run']]) {
      const { code, stderr } = await train(...args)
      expect(code).toBe(2)
      expect(stderr).toContain(wanted)
    }
    project()
  })

  test('a task that is not in it', async () => {
    expect(await train('--only', 'kidn')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('there is no task "kidn". Did you mean kind?'),
    })
  })

  test('a report that cannot be written, or of nothing', async () => {
    expect(await train('--junit', at('kind'))).toMatchObject({ code: 2, stderr: expect.stringContaining('Name another file with --junit') })
    expect(await train('--dry-run', '--junit', at('x.xml'))).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('leave out --junit'),
    })
  })

  test('options that a project file has no use for, and no project file at all', async () => {
    expect(await train('--steps', '3')).toMatchObject({ code: 2, stderr: expect.stringContaining('Cannot use --steps without --task') })
    expect(await run('train', '--task', 'a')).toMatchObject({ code: 2, stderr: expect.stringContaining('Cannot train without --train') })
    process.chdir(folder)
    const beside = await run('train', '--task', 'kind')
    process.chdir(root)
    expect(beside.stderr).toContain('or write --only kind for the task of softprompt.config.json')
    expect(await run('train', '--task', 'a', '--train', file, '--dry-run')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('Cannot use --dry-run with --task'),
    })
    expect(await publish('--task', 'other')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('Cannot use --task without a package'),
    })
    rmSync(file)
    expect(await train()).toMatchObject({ code: 2, stderr: expect.stringContaining('there is no such file') })
    project()
  })
})
