import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import type { ModelCard } from '../../../../shared/formats/model-card.ts'
import { deleteCommand } from '../../../../trainer/cli/commands/delete.ts'
import { gcCommand } from '../../../../trainer/cli/commands/gc.ts'
import { listCommand } from '../../../../trainer/cli/commands/list.ts'
import { promoteCommand } from '../../../../trainer/cli/commands/promote.ts'
import { publishCommand } from '../../../../trainer/cli/commands/publish.ts'
import { rollbackCommand } from '../../../../trainer/cli/commands/rollback.ts'
import { showCommand } from '../../../../trainer/cli/commands/show.ts'
import type { Bucket } from '../../../../trainer/publish/bucket/bucket.ts'
import { type BucketOptions, type OpenBucket, openBucket } from '../../../../trainer/publish/bucket/wrangler.ts'
import { requirePublished } from '../../../../trainer/publish/move-pointer.ts'
import { preparePublication, publish } from '../../../../trainer/publish/publish.ts'
import { runNode } from '../../../fixtures/child-process.ts'
import { softprompt } from '../../../fixtures/command-line.ts'
import { temporaryFolder } from '../../../fixtures/imported-model.ts'
import { hasTerminal, runInTerminal } from '../../../fixtures/in-terminal.ts'
import { configPath, contents, empty } from '../../../fixtures/local-bucket.ts'
import { runInProcess } from '../../../fixtures/run-in-process.ts'
import { writeSmallModel } from '../../../fixtures/small-model.ts'
import { writeRandomPrompt } from '../../../fixtures/written-prompt.ts'

const commands = [publishCommand, listCommand, showCommand, promoteCommand, rollbackCommand, deleteCommand, gcCommand]
const folder = temporaryFolder()
const at = (name: string) => join(folder, name)
const run = (...args: string[]) => runInProcess(commands, ...args, '--persist-to', at('state'), '--config', configPath)
const kept = vi.hoisted(() => ({ opened: new Map<string, Promise<OpenBucket>>(), inUse: 0 }))
let bucket: Bucket
let model: ModelCard
let [one = '', two = ''] = ['', '']

// every command opens its bucket and closes it; that takes longer than all else that it does, so what is opened here stays open for the next
vi.mock(import('../../../../trainer/publish/bucket/wrangler.ts'), async (original) => {
  const { openBucket: open, ...rest } = await original()
  return {
    ...rest,
    async openBucket(options: BucketOptions, signal: AbortSignal) {
      const key = JSON.stringify(options)
      const opening = kept.opened.get(key) ?? open(options, signal)
      kept.opened.set(key, opening)
      const found = await opening
      kept.inUse++
      return {
        ...found,
        async close() {
          kept.inUse--
        },
      }
    },
  }
})

/** What a training writes of dev. */
const measured = {
  metrics: { accuracy: 0.9 },
  baselines: { probe: { accuracy: 0.8 } },
  accuracyIntervals: { package: { low: 0.85, high: 0.94 }, baselines: { probe: { low: 0.75, high: 0.85 } } },
}

beforeAll(async () => {
  model = await writeSmallModel(at('model'), { name: 'tiny-model' })
  one = await writeRandomPrompt(at('1'), model, { task: 'spam', seed: 1, card: { metrics: { accuracy: 0.91234567 } } })
  two = await writeRandomPrompt(at('2'), model, { task: 'spam', seed: 2, card: measured })
  const open = await openBucket({ remote: false, config: configPath, persistTo: at('state') }, new AbortController().signal)
  bucket = open.bucket
  await open.close()
})
afterEach(() => expect(kept.inUse).toBe(0))
afterAll(async () => {
  for (const opening of kept.opened.values()) await (await opening.catch(() => null))?.close()
})

test('a task’s life: published, replaced, rolled back, promoted and deleted', async () => {
  expect((await run('list')).stdout).toMatch(/^No task is published in local bucket softprompt in /)
  const first = await run('publish', at('1'), '--model', at('model'), '--json')
  expect(first).toMatchObject({ code: 0, json: { task: 'spam', prompt: one, changed: true, replaced: null, warnings: [] } })
  expect(first.json.where).toContain(at('state'))
  expect(first.stderr).toContain(`uploading prompts/${one}/adapter_model.safetensors`)
  const again = await run('publish', at('1'), '--model', at('model'))
  expect(again.stdout).toContain('Task spam is unchanged')
  expect((await run('publish', at('2'), '--model', at('model'))).stdout).toContain(
    `It replaces prompt ${one.slice(0, 12)}; softprompt rollback spam goes back.`,
  )

  const { tasks } = (await run('list', '--json')).json
  expect(tasks).toMatchObject([
    {
      task: 'spam',
      problem: null,
      pointer: { live: { prompt: two }, history: [{ prompt: one }] },
      card: { method: 'random', virtualTokens: 5 },
      models: [{ name: 'tiny-model', weights: 'int8', baseHash: model.baseHash }],
    },
  ])
  const [head, row] = (await run('list')).stdout.split('\n')
  expect(head).toMatch(/^TASK {2}LIVE {10}METHOD {2}TOKENS {2}LABELS {2}MODEL/)
  expect(row).toMatch(new RegExp(`^spam  ${two.slice(0, 12)}  random  5       2       [0-9a-f]{12} \\(tiny-model int8\\)  2         20`))

  expect(await run('rollback', 'spam', '--json')).toMatchObject({ code: 0, json: { task: 'spam', prompt: one, replaced: { prompt: two } } })
  expect(await run('rollback', 'spam', '--json')).toMatchObject({ code: 1, json: { error: { code: 'not_found' } } })
  expect((await run('promote', 'spam', two.slice(0, 6))).stdout).toContain(
    `prompt ${two.slice(0, 12)} is live, replacing ${one.slice(0, 12)}`,
  )
  expect((await run('promote', 'spam', two, '--json')).json).toMatchObject({ changed: false, replaced: null })

  const shown = await run('show', 'spam', '--json')
  expect(shown.json).toMatchObject({
    task: 'spam',
    pointer: { live: { prompt: two } },
    card: { labels: [{ label: 'good' }, { label: 'bad' }] },
    problem: null,
  })
  expect(shown.json.events).toMatchObject([
    { by: 'promote', version: { prompt: two }, replaced: { prompt: one }, state: 'live' },
    { by: 'rollback', version: { prompt: one }, replaced: { prompt: two }, metrics: { accuracy: 0.91234567 }, state: 'before' },
    { by: 'publish', version: { prompt: two }, replaced: { prompt: one }, state: null },
    { by: 'publish', version: { prompt: one }, replaced: null, state: null },
  ])
  const lines = (await run('show', 'spam')).stdout
  const time = '20\\S+Z'
  const [short1, short2] = [one.slice(0, 12), two.slice(0, 12)]
  expect(lines).toMatch(new RegExp(`^live +prompt ${two}$`, 'm'))
  expect(lines).toMatch(new RegExp(`^live +${time} +promote +${short2} +\\S.* +${short1} +model [0-9a-f]{12} \\(int8\\)$`, 'm'))
  expect(lines).toMatch(new RegExp(`^before +${time} +rollback +${short1} +accuracy 0\\.912 +${short2} +model`, 'm'))
  expect(lines).toMatch(new RegExp(`^ +${time} +publish +${short1} +accuracy 0\\.912 +– +model`, 'm'))
  for (const fact of ['tiny-model, int8', '"{text} It was"', 'good ( good), bad ( bad)', '5 virtual tokens']) expect(lines).toContain(fact)

  expect((await run('gc', '--grace', '0', '--json')).json).toMatchObject({ removed: [], bytes: 0 })
  const gone = await run('delete', 'spam', '--yes')
  expect(gone.stdout).toMatch(
    new RegExp(`Deleted task spam from .*softprompt promote spam ${short2} brings it back: softprompt gc keeps its packages for 30 days`),
  )
  expect((await run('list', '--json')).json.tasks).toEqual([])
  expect(await run('delete', 'spam', '--yes', '--json')).toMatchObject({
    code: 1,
    json: { error: { code: 'unknown_task', message: expect.stringMatching(/it was deleted at 20/) } },
  })
  expect(await run('rollback', 'spam', '--json')).toMatchObject({ code: 1, json: { error: { code: 'unknown_task' } } })

  expect((await run('gc', '--grace', '0')).stdout).toMatch(
    /^Nothing to remove in local bucket .*\.\nKept for now: 3 packages, [\d.]+ [kM]B, of tasks deleted in the last 30 days \(--keep-deleted\); the last of it until 20\S+Z\.\n$/,
  )
  await empty(bucket)
})

test('a deleted task keeps its history, comes back by promote or publish, and is garbage after its grace', async () => {
  for (const name of ['1', '2']) await run('publish', at(name), '--model', at('model'))
  expect(await run('delete', 'spam', '--yes', '--json')).toMatchObject({
    code: 0,
    json: { task: 'spam', deleted: true, replaced: { prompt: two } },
  })
  const shown = await run('show', 'spam', '--json')
  expect(shown).toMatchObject({ code: 0, json: { task: 'spam', pointer: null, card: null, models: [], problem: null } })
  expect(shown.json.events).toMatchObject([
    { by: 'delete', version: null, replaced: { prompt: two }, metrics: null, state: null },
    { by: 'publish', version: { prompt: two }, replaced: { prompt: one }, state: null },
    { by: 'publish', version: { prompt: one }, replaced: null, metrics: { accuracy: 0.91234567 }, state: null },
  ])
  const lines = (await run('show', 'spam')).stdout
  expect(lines).toMatch(/^DELETED +20\S+Z$/m)
  expect(lines).toMatch(new RegExp(`^ +20\\S+Z +delete +– +– +${two.slice(0, 12)} +–$`, 'm'))

  const promoted = await run('promote', 'spam', one.slice(0, 12))
  expect(promoted.stdout).toMatch(new RegExp(`^Task spam: prompt ${one.slice(0, 12)} is live, in local bucket`))
  await run('delete', 'spam', '--yes')
  expect((await run('publish', at('2'), '--model', at('model'), '--json')).json).toMatchObject({
    prompt: two,
    changed: true,
    replaced: null,
  })
  expect(await run('rollback', 'spam', '--json')).toMatchObject({ code: 0, json: { prompt: one, replaced: { prompt: two } } })

  await run('delete', 'spam', '--yes')
  const young = await run('gc', '--keep-deleted', '0', '--json')
  expect(young.json).toMatchObject({ removed: [], bytes: 0, held: [{ keptBy: 'written' }, { keptBy: 'written' }, { keptBy: 'written' }] })
  expect((await run('gc', '--keep-deleted', '0')).stdout).toMatch(
    /\nKept for now: 3 packages, .*, written in the last 60 minutes \(--grace\)/,
  )
  const garbage = await run('gc', '--grace', '0', '--keep-deleted', '0', '--dry-run')
  expect(garbage.stdout).toMatch(/Would remove 3 packages, [\d.]+ [kM]B, from local bucket/)
  expect(Object.keys(await contents(bucket)).length).toBe(13)
  expect((await run('gc', '--grace', '0', '--keep-deleted', '0', '--json')).json).toMatchObject({ removed: { length: 3 }, held: [] })
  expect(Object.keys(await contents(bucket))).toEqual(['tasks/spam.json'])
  expect((await run('show', 'spam')).stdout).toMatch(/publish +[0-9a-f]{12} +its card is gone/)
  expect(await run('promote', 'spam', one, '--json')).toMatchObject({ code: 1, json: { error: { code: 'not_found' } } })
  await empty(bucket)
})

test('delete does nothing where nobody can be asked, and says so before it looks', async () => {
  expect(await run('delete', 'nothing', '--json')).toMatchObject({
    code: 2,
    json: { error: { code: 'usage', message: expect.stringContaining('--yes') } },
  })
})

describe.skipIf(!hasTerminal)('delete in a terminal', () => {
  const entry = new URL('../../../../trainer/cli/softprompt.ts', import.meta.url)
  const args = ['delete', 'spam', '--persist-to', at('asked'), '--config', configPath]

  test('asks, saying what is live and where; only yes deletes', { timeout: 120_000 }, async () => {
    const where = { remote: false, config: configPath, persistTo: at('asked') }
    const publishing = await openBucket(where, new AbortController().signal)
    await publish(publishing.bucket, await preparePublication(at('1'), at('model')), new AbortController().signal, () => undefined)
    const kept = await runInTerminal(entry, args, /\[y\/N\]/, 'n\r')
    expect(kept.screen).toMatch(
      new RegExp(`Delete task spam from local bucket .*\\? It answers with prompt ${one.slice(0, 12)}\\. \\[y/N\\]`),
    )
    expect(kept.code).toBe(130)
    expect((await requirePublished(publishing.bucket, 'spam')).live.prompt).toBe(one)
    const deleted = await runInTerminal(entry, args, /\[y\/N\]/, 'y\r')
    expect(deleted.screen).toContain('Deleted task spam')
    expect(deleted.code).toBe(0)
    await expect(requirePublished(publishing.bucket, 'spam')).rejects.toMatchObject({ code: 'unknown_task' })
    await publishing.close()
  })
})

test('accuracies are shown with their intervals where the card has them, the baselines among them', async () => {
  await run('publish', at('2'), '--model', at('model'))
  const shown = (await run('show', 'spam')).stdout
  expect(shown).toMatch(/^accuracy +0\.9 \(95 % interval 0\.850–0\.940\)$/m)
  expect(shown).toMatch(/^accuracy of probe +0\.8 \(95 % interval 0\.750–0\.850\)$/m)
  await empty(bucket)
})

test('metrics are shown, and a damaged task does not hide the others', async () => {
  await run('publish', at('1'), '--model', at('model'))
  await run('publish', at('2'), '--model', at('model'), '--task', 'damaged')
  await bucket.put('tasks/nonsense.json', '[]')
  const { json } = await run('show', 'damaged', '--json')
  await bucket.delete(`prompts/${json.pointer.live.prompt}/prompt.json`)

  const listed = await run('list', '--json')
  expect(listed.code).toBe(0)
  expect(listed.json.tasks).toMatchObject([
    { task: 'damaged', problem: expect.stringContaining(`Cannot load prompts/${json.pointer.live.prompt}/prompt.json`), card: null },
    { task: 'nonsense', problem: expect.stringContaining('tasks/nonsense.json'), pointer: null },
    { task: 'spam', problem: null },
  ])
  expect((await run('list')).stdout).toContain('! Cannot load prompts/')
  expect((await run('show', 'damaged')).stdout).toMatch(/PROBLEM +Cannot load prompts\//)
  expect((await run('show', 'spam')).stdout).toMatch(/accuracy +0\.9123\n/)
  await empty(bucket)
})

test('another weight format of the live prompt’s base is served beside the first', async () => {
  await writeSmallModel(at('float32'), { name: 'tiny-model', weights: 'float32' })
  const first = await run('publish', at('1'), '--model', at('model'), '--json')
  const added = await run('publish', at('1'), '--model', at('float32'))
  const models = `model ${first.json.models.int8.slice(0, 12)} (int8), model `
  expect(added.stdout).toContain(`Published task spam: prompt ${one.slice(0, 12)} on ${models}`)
  expect(added.stdout).not.toContain('It replaces') // the prompt is the one that was live, and rollback would not go back to it
  expect((await run('list')).stdout).toMatch(/\(tiny-model int8\), [0-9a-f]{12} \(tiny-model float32\) {2}1 /)
  const shown = (await run('show', 'spam')).stdout
  for (const weights of ['int8', 'float32']) expect(shown).toContain(`tiny-model, ${weights}, base ${model.baseHash}`)
  expect(shown).toContain(models)
  expect((await run('gc', '--grace', '0', '--json')).json).toMatchObject({ removed: [] })
  await empty(bucket)
})

test('--formats publishes the model in several at once, those that lie beside it, and says how to make one that does not', async () => {
  await writeSmallModel(at('float32'), { name: 'tiny-model', weights: 'float32' })
  const both = await run('publish', at('1'), '--model', at('model'), '--formats', 'int8,float32', '--json')
  expect(Object.keys(both.json.models)).toEqual(['int8', 'float32'])
  const named = await run('publish', at('1'), '--model', at('model'), '--model', at('float32'), '--json')
  expect(named.json).toMatchObject({ models: both.json.models, changed: false })
  const lacking = await run('publish', at('1'), '--model', at('model'), '--formats', 'int8,q8')
  expect(lacking.code).toBe(2)
  expect(lacking.stderr).toMatch(
    /Cannot find model tiny-model with q8 weights, neither beside .*model nor in models\. Import its checkpoint, .*: .*import CHECKPOINT --weights q8 --out models\/tiny-model-q8\. Or name its folder with --model\./,
  )
  const unknown = await run('publish', at('1'), '--model', at('model'), '--formats', 'int8,int4')
  expect([unknown.code, unknown.stderr]).toEqual([
    2,
    expect.stringContaining('It names "int4", and the formats are float32, int8, q4, q8.'),
  ])
  await empty(bucket)
})

test('a prompt trained through other weights is published with a warning', async () => {
  await writeRandomPrompt(at('floats'), model, {
    task: 'floats',
    card: { base: { hash: model.baseHash, name: 'tiny-model', weights: 'float32', graphVersion: 1 } },
  })
  const { code, stderr, json } = await run('publish', at('floats'), '--model', at('model'), '--json')
  expect(code).toBe(0)
  expect(stderr).toContain('Warning: prompt floats was trained through float32 weights')
  expect(json.warnings.length).toBe(1)
  await empty(bucket)
})

describe('wrong use ends with 2', () => {
  const cases: [string, string[]][] = [
    ['no package', ['publish']],
    ['an unknown option', ['list', '--remotely']],
    ['local and remote', ['list', '--local', '--remote']],
    ['a folder for the remote bucket', ['list', '--remote']], // --persist-to is given
    ['a task that cannot be one', ['show', 'Über Spam']],
    ['a version that cannot be one', ['promote', 'spam', 'nothex']],
    ['a grace that is no number', ['gc', '--grace', 'soon']],
    ['a negative grace', ['gc', '--grace', '-1']],
    ['a negative time to keep what was deleted', ['gc', '--keep-deleted', '-1']],
    ['too many arguments', ['rollback', 'spam', 'ham']],
    ['another environment', ['list', '--env', 'nowhere']],
  ]
  test.each(cases)('%s', async (what, args) => {
    if (args[0] === 'promote') await run('publish', at('1'), '--model', at('model'))
    const { code, json } = await run(...args, '--json')
    expect(code).toBe(2)
    expect(json.error.code, what).toBe('usage')
  })
})

test.each(commands.map((add) => add.name.replace('Command', '')))('%s --help says which bucket it works on', async (name) => {
  const { code, stdout } = await run(name, '--help')
  expect(code).toBe(0)
  expect(stdout).toMatch(/--remote .*--persist-to <dir> .*--json/s)
})

test('the program publishes, and wrangler reads what it published', { timeout: 120_000 }, async () => {
  const where = ['--persist-to', at('program'), '--config', configPath]
  const published = await softprompt(['publish', at('1'), '--model', at('model'), ...where, '--json'])
  expect(published).toMatchObject({ code: 0, json: { prompt: one, changed: true } })
  expect(published.stdout.trimEnd().split('\n').length).toBe(1)
  const wrangler = join(configPath, '../node_modules/wrangler/bin/wrangler.js')
  const get = (key: string) => runNode(wrangler, ['r2', 'object', 'get', `softprompt/${key}`, '--local', ...where, '--pipe'])
  // wrangler's own processes fail now and then where two of them open one local bucket at the same moment
  const pointer = await get('tasks/spam.json')
  const card = await get(`prompts/${one}/prompt.json`)
  const [unknown, wrong] = await Promise.all([softprompt(['show', 'ham', ...where]), softprompt(['promote', ...where])])
  expect([pointer, card]).toMatchObject([{ code: 0 }, { code: 0 }]) // shows what was said on standard error
  expect(JSON.parse(pointer.stdout)).toMatchObject({ version: 3, events: [{ by: 'publish', version: { prompt: one } }] })
  expect(card.stdout).toBe(await readFile(join(at('1'), 'prompt.json'), 'utf8'))
  expect(unknown).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('Cannot find task ham') })
  expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining("missing required argument 'task'") })
})
