import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findPointer } from '../../shared/engine/stored-task.ts'
import { type Bucket, bucketStore } from '../../trainer/publish/bucket/bucket.ts'
import { openStore } from '../../trainer/publish/bucket/open-store.ts'
import { openBucket } from '../../trainer/publish/bucket/wrangler.ts'
import { preparePublication } from '../../trainer/publish/publish.ts'
import { requireWhole } from '../../trainer/publish/versions.ts'
import { seededRandom } from '../../trainer/random.ts'
import { readEvents } from '../../trainer/train/event-file.ts'
import { bundleScript } from '../fixtures/bundle-script.ts'
import { root } from '../fixtures/root.ts'
import { writeSmallModel } from '../fixtures/small-model.ts'
import { writeRandomPrompt } from '../fixtures/written-prompt.ts'
import type { Attack } from './attack.ts'
import type { Findings } from './findings.ts'
import { writeInputs } from './hostile-folders.ts'
import { type Moment, type Ran, runAndKill } from './killed-process.ts'

/** Milliseconds that a command may take. */
const patience = 180_000
const task = 'x'
/** Files that are not of the package, but of this machine. */
const local = ['local.json', 'evaluation.json', 'events.jsonl']

/** A command that is killed, in a folder of its own for each time. */
interface Victim {
  /** Fills the folder for the n-th time. */
  prepare(folder: string, n: number): void
  args(folder: string): string[]
  /** How things stand in the folder: `before` or `after`, as if the command had not begun or had come to its end, or what is wrong. */
  state(folder: string): Promise<'before' | 'after' | { readonly wrong: string }>
  /** What goes with the next run after one that was killed. */
  again(folder: string): string[]
  /** What is in the folder and should not be there once a run has come to its end. */
  leftovers(folder: string): string[]
}

/** kill -9 while commands write. */
export const kills: Attack = {
  about:
    'kill -9 at random moments of train, import and publish, of one package and of a project: what is there is whole or as before, and the next run ends as ever',
  options: { train: 12, import: 12, publish: 12, project: 20, publishProject: 12, seed: 1 },
  async run(findings, { seed = 0, ...times }) {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'softprompt-killed-')))
    try {
      const script = bundleScript(new URL(`file://${root}trainer/cli/softprompt.ts`), join(folder, 'bundles'))
      const inputs = join(folder, 'inputs')
      mkdirSync(inputs)
      await writeInputs(inputs)
      const figures: Record<string, unknown> = {}
      for (const [index, [name, makeVictim]] of Object.entries(victims).entries()) {
        const each = times[name] ?? 0
        if (each === 0) continue
        const victim = await makeVictim(inputs, script)
        figures[name] = await killOften(findings, name, victim, {
          folder: join(folder, name),
          script,
          each,
          random: seededRandom(seed, index),
        })
      }
      return figures
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  },
}

interface Setting {
  readonly folder: string
  readonly script: string
  readonly each: number
  readonly random: () => number
}

/** Runs a command to its end, to see how long it takes, and then kills it `each` times. */
async function killOften(findings: Findings, name: string, victim: Victim, { folder, script, each, random }: Setting) {
  const at = (n: string | number) => join(folder, String(n))
  const run = (place: string, args: readonly string[], moment?: Moment) => runAndKill(script, args, place, patience, moment)
  const made = (name: string | number, n: number) => {
    mkdirSync(at(name), { recursive: true })
    victim.prepare(at(name), n)
    return at(name)
  }
  const whole = await run(made('whole', 0), victim.args(at('whole')))
  const left = await victim.state(at('whole'))
  if (whole.code !== 0 || left !== 'after') throw new Error(`${name} does not come to its end: ${JSON.stringify(left)} ${whole.said}`)

  const states = { before: 0, after: 0 }
  for (let n = 0; n < each; n++) {
    const moment = momentOf(whole, random)
    const place = made(n, n)
    const fault = (kind: 'wrong' | 'hung', what: string) =>
      findings.fault(name, kind, `case ${n}, killed ${moment.milliseconds.toFixed(0)} ms after its ${moment.after}: ${what}`)
    findings.tried(name)
    const first = await run(place, victim.args(place), moment)
    if (!first.killed && first.code !== 0) fault('wrong', `it ended by itself with code ${first.code}: ${first.said.slice(-500)}`)
    if (first.took >= patience) fault('hung', 'it came to no end')
    const state = await victim.state(place)
    if (typeof state === 'object') fault('wrong', state.wrong)
    else states[state]++
    if (state === 'after') continue
    const next = await run(place, [...victim.args(place), ...victim.again(place)])
    const end = await victim.state(place)
    const left = victim.leftovers(place)
    if (left.length > 0) fault('wrong', `the next run left ${left.join(', ')} behind`)
    if (next.took >= patience) fault('hung', 'the next run came to no end')
    else if (next.code !== 0 || end !== 'after')
      fault('wrong', `the next run ended with code ${next.code}, and ${JSON.stringify(end)}: ${next.said.slice(-500)}`)
  }
  return { ...states, milliseconds: Math.round(whole.took) }
}

/** Mostly while the command works, which it says before it begins. */
function momentOf({ spoke, took }: Ran, random: () => number): Moment {
  if (random() < 0.2) return { after: 'start', milliseconds: took * random() }
  return { after: 'first word', milliseconds: (took - spoke) * random() }
}

/** The commands, given a folder with their inputs and the bundled program. */
const victims: Readonly<Record<string, (inputs: string, script: string) => Promise<Victim>>> = {
  async train(inputs, script) {
    const line = (out: string) => trainingOf(inputs, out)
    await succeeded(script, [...line(join(inputs, 'older-prompt')), '--seed', '7'], root)
    return packageWriter(await written(script, line, join(inputs, 'trained')), join(inputs, 'older-prompt'), line)
  },
  async import(inputs, script) {
    const line = (out: string) => ['import', join(inputs, 'checkpoint'), '--out', out]
    await succeeded(script, [...line(join(inputs, 'older-model')), '--weights', 'float32'], root)
    return packageWriter(await written(script, line, join(inputs, 'imported')), join(inputs, 'older-model'), line)
  },
  publish: publisher,
  project: projectTrainer,
  publishProject: projectPublisher,
}

/** A training that keeps its state often. */
const trainingOf = (inputs: string, out: string) => [
  ...['train', '--task', task, '--train', join(inputs, 'data/train.jsonl'), '--model', join(inputs, 'model'), '--out', out],
  ...['--steps', '60', '--evaluate-every', '5', '--virtual-tokens', '4', '--min-loss', '0', '--threads', '1'],
]
/** What a run that nobody kills writes to `out`. */
async function written(script: string, line: (out: string) => string[], out: string): Promise<string> {
  await succeeded(script, line(out), root)
  return hashes(out)
}

async function succeeded(script: string, args: readonly string[], cwd: string): Promise<void> {
  const { code, said } = await runAndKill(script, args, cwd, patience)
  if (code !== 0) throw new Error(`softprompt ${args[0]} does not come to its end: ${said}`)
}

/** The files of a package with their SHA-256, as one text. */
function hashes(directory: string): string {
  const names = readdirSync(directory).filter((name) => !local.includes(name))
  return JSON.stringify(
    names.sort().map((name) => [
      name,
      createHash('sha256')
        .update(readFileSync(join(directory, name)))
        .digest('hex'),
    ]),
  )
}

/** What is wrong with what a training told, in the folder of its package or, where it is not at its end, beside that; null where nothing is. */
function eventsFault(out: string): string | null {
  try {
    for (const file of [join(out, 'events.jsonl'), `${out}.events.jsonl`]) {
      const steps = (readEvents(file) ?? []).flatMap((line) => (line.type === 'step' ? [line.step] : []))
      if (new Set(steps).size < steps.length) return `${file} has a step twice: ${steps.join()}`
      if (steps.some((step, i) => step !== i + 1)) return `${file} lacks a step: ${steps.join()}`
    }
    return null
  } catch (error) {
    return (error as Error).message
  }
}

/** A command that writes a package, always the same, to a folder: in the place of the one in `older` every other time. */
function packageWriter(expected: string, older: string, line: (out: string) => string[]): Victim {
  const out = (folder: string) => join(folder, 'out')
  const replaced = hashes(older)
  /** What is beside the package that was moved out of the way, if a run was killed in that moment. */
  const movedAside = (folder: string) => readdirSync(folder).find((name) => name.endsWith('.old'))
  return {
    prepare(folder, n) {
      if (n % 2 === 1) cpSync(older, out(folder), { recursive: true })
    },
    args: (folder) => [...line(out(folder)), ...(existsSync(out(folder)) || movedAside(folder) !== undefined ? ['--force'] : [])],
    async state(folder) {
      const fault = eventsFault(out(folder))
      if (fault !== null) return { wrong: fault }
      const aside = movedAside(folder)
      const found = existsSync(out(folder)) ? hashes(out(folder)) : aside === undefined ? 'nothing' : hashes(join(folder, aside))
      if (found === expected) return 'after'
      if (found === replaced || found === 'nothing') return 'before'
      return { wrong: `a package that is not the one of a run that nobody killed: ${found}` }
    },
    again: (folder) => (existsSync(`${out(folder)}.checkpoint`) ? ['--resume'] : []),
    leftovers: (folder) => readdirSync(folder).filter((name) => name !== 'out'),
  }
}

/** A publish over an earlier version, of another model. */
async function publisher(inputs: string, script: string): Promise<Victim> {
  const at = (name: string) => join(inputs, 'publish', name)
  const config = join(root, 'wrangler.toml')
  const line = (version: string, state: string) => [
    'publish',
    at(version),
    '--model',
    at(`${version}-model`),
    '--persist-to',
    state,
    '--config',
    config,
  ]
  for (const [seed, version] of ['old', 'new'].entries()) {
    await writeRandomPrompt(at(version), await writeSmallModel(at(`${version}-model`), { name: version, weightBytes: 2 ** 23 }), {
      task,
      seed,
    })
  }
  await succeeded(script, line('old', at('state')), root)
  const versions = {
    before: (await preparePublication(at('old'), at('old-model'))).version,
    after: (await preparePublication(at('new'), at('new-model'))).version,
  }
  const state = (place: string) => join(place, 'state')
  return {
    prepare: (place) => cpSync(at('state'), state(place), { recursive: true }),
    args: (place) => line('new', state(place)),
    async state(place) {
      const open = await openBucket({ remote: false, config, persistTo: state(place) }, new AbortController().signal)
      try {
        const found = await liveVersion(open.bucket, task, { before: versions.before.prompt, after: versions.after.prompt })
        if (typeof found === 'string') for (const version of [versions[found], versions.before]) await requireWhole(open.bucket, version)
        return found
      } catch (error) {
        return { wrong: (error as Error).message }
      } finally {
        await open.close()
      }
    },
    again: () => [],
    leftovers: () => [],
  }
}

/** Which of two prompts of a task is live, whole; or what is wrong. */
async function liveVersion(
  bucket: Bucket,
  name: string,
  prompts: Record<'before' | 'after', string | undefined>,
): Promise<'before' | 'after' | { readonly wrong: string }> {
  const pointer = await findPointer(bucketStore(bucket), name)
  const found = (['before', 'after'] as const).find((version) => prompts[version] === pointer?.live.prompt)
  if (pointer === null || found === undefined) return { wrong: `neither version of ${name} is live: ${JSON.stringify(pointer)}` }
  await requireWhole(bucket, pointer.live)
  return found
}

const projectTasks = ['one', 'two', 'three', 'four']

/** Writes a project of four tasks, on the inputs, that keeps its states often. */
function writeProject(inputs: string, folder: string, seed: number): string {
  const settings = { steps: 40, evaluateEvery: 4, virtualTokens: 4, seed, patience: 100, minLoss: 0 }
  const [train, test] = [join(inputs, 'data/train.jsonl'), join(inputs, 'data/train.csv')]
  const tasks = Object.fromEntries(
    projectTasks.map((name, n) => [name, { train, test, steps: 10 * (n + 2), method: n % 2 === 0 ? 'prefix' : 'prompt' }]),
  )
  mkdirSync(folder, { recursive: true })
  writeFileSync(
    join(folder, 'project.json'),
    JSON.stringify({ threads: 1, defaults: { model: join(inputs, 'model'), ...settings }, tasks }),
  )
  return join(folder, 'project.json')
}

/** A training of four tasks together, which goes on by itself when it is called again. */
async function projectTrainer(inputs: string, script: string): Promise<Victim> {
  const project = writeProject(inputs, join(inputs, 'project'), 3)
  await succeeded(script, ['train', '--project', project], root)
  const expected = new Map(projectTasks.map((name) => [name, hashes(join(inputs, 'project/runs', name))]))
  return {
    prepare: (folder) => void writeProject(inputs, folder, 3),
    args: (folder) => ['train', '--project', join(folder, 'project.json')],
    async state(folder) {
      const at = (name: string) => join(folder, 'runs', name)
      const fault = projectTasks.map((name) => eventsFault(at(name))).find((each) => each !== null)
      if (fault !== undefined) return { wrong: fault }
      const there = projectTasks.filter((name) => existsSync(at(name)))
      const other = there.find((name) => hashes(at(name)) !== expected.get(name))
      if (other !== undefined) return { wrong: `the package of ${other} is not the one of a run that nobody killed: ${hashes(at(other))}` }
      return there.length === projectTasks.length && there.every((name) => existsSync(join(at(name), 'evaluation.json')))
        ? 'after'
        : 'before'
    },
    again: () => [],
    leftovers: (folder) => readdirSync(join(folder, 'runs')).filter((name) => ![...projectTasks, '.softprompt-pace.json'].includes(name)),
  }
}

/** A publish of four packages over the four that are live. */
async function projectPublisher(inputs: string, script: string): Promise<Victim> {
  const place = join(inputs, 'published')
  const publish = (folder: string) => ['publish', '--project', join(folder, 'project.json'), '--store', join(folder, 'bucket')]
  const ids: Record<'before' | 'after', Map<string, string>> = { before: new Map(), after: new Map() }
  mkdirSync(join(place, 'bucket'), { recursive: true })
  for (const [version, seed] of [['before', 5] as const, ['after', 6] as const]) {
    await succeeded(script, ['train', '--project', writeProject(inputs, place, seed)], root)
    if (version === 'before') await succeeded(script, publish(place), root)
    for (const name of projectTasks)
      ids[version].set(name, (await preparePublication(join(place, 'runs', name), join(inputs, 'model'))).version.prompt)
  }
  return {
    prepare: (folder) => cpSync(place, folder, { recursive: true }),
    args: publish,
    async state(folder) {
      const open = await openStore(join(folder, 'bucket'), new AbortController().signal)
      try {
        const live: string[] = []
        for (const name of projectTasks) {
          const found = await liveVersion(open.bucket, name, { before: ids.before.get(name), after: ids.after.get(name) })
          if (typeof found === 'object') return found
          live.push(found)
        }
        return live.every((version) => version === 'after') ? 'after' : 'before'
      } catch (error) {
        return { wrong: (error as Error).message }
      } finally {
        await open.close()
      }
    },
    again: () => [],
    leftovers: () => [],
  }
}
