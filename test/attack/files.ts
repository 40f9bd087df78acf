import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { seededRandom } from '../../trainer/random.ts'
import { bundleScript } from '../fixtures/bundle-script.ts'
import { root } from '../fixtures/root.ts'
import type { Attack } from './attack.ts'
import { type CommandEnded, CommandProcess, runAlone } from './command-process.ts'
import type { Findings } from './findings.ts'
import { describe, type Input, inputs, isDescribed, isPlain, lines, listed, writeInputs } from './hostile-folders.ts'
import { type Spoiling, spoilings } from './spoiled-files.ts'

/** Milliseconds that a command may take. */
const patience = 120_000
/** Commands under way at a time. */
const atOnce = 2
/** One in so many runs in a process of its own, as a user's does. */
const aloneEvery = 20

/** Files that are not what they should be, given to the commands that read them. */
export const files: Attack = {
  about: 'hostile packages and files: each command refuses them in a line, in time, and writes nothing',
  options: { cases: 400, seed: 1, first: 0 },
  async run(findings, { cases = 0, seed = 0, first = 0 }) {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'softprompt-hostile-')))
    const [cwd, right] = [join(folder, 'cwd'), join(folder, 'right')]
    for (const made of [cwd, right]) mkdirSync(made)
    const script = (path: string) => bundleScript(new URL(`file://${root}${path}`), join(folder, 'bundles'))
    const [runner, alone] = [script('test/attack/run-commands.ts'), script('trainer/cli/softprompt.ts')]
    try {
      await writeInputs(right)
      let next = first
      let taken = 0
      const work = async () => {
        const kept = new CommandProcess(runner, cwd)
        try {
          for (let n = next++; n < first + cases; n = next++) {
            const run = (args: string[]) => (n % aloneEvery === 0 ? runAlone(alone, args, cwd, patience) : kept.run(args, patience))
            if (await attempt(findings, join(folder, `case-${n}`), right, caseOf(seed, n), run)) taken++
          }
        } finally {
          kept.end()
        }
      }
      await Promise.all(Array.from({ length: atOnce }, work))
      const written = listed(cwd)
      if (written !== '') findings.fault('in the folder worked in', 'wrong', `was written: ${written.slice(0, 200)}`)
      return { taken }
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  },
}

/** What a case does. */
interface Case {
  readonly n: number
  readonly command: string
  readonly input: Input
  readonly file: string
  readonly how: string
  readonly spoiling: Spoiling
  /** Whether the card is made to say what the spoilt file is. */
  readonly describes: boolean
  readonly upTo: (limit: number) => number
}

/** The n-th case of a seed. Commands take turns; all else is by chance. */
function caseOf(seed: number, n: number): Case {
  const random = seededRandom(seed, n)
  const upTo = (limit: number) => Math.floor(limit * random())
  const one = <Item>(items: readonly Item[]) => items[upTo(items.length)] as Item
  const names = Object.keys(lines)
  const command = names[n % names.length] as string
  const input = one(lines[command]?.spoils ?? [])
  const file = one<string>(inputs[input])
  const [how, spoiling] = one(Object.entries(spoilings).filter(([, { of }]) => of.test(file)))
  return { n, command, input, file, how, spoiling, describes: isDescribed(input, file) && upTo(2) === 0, upTo }
}

/** Tries a case. True where the file was taken, as it may be. */
async function attempt(
  findings: Findings,
  folder: string,
  right: string,
  { n, command, input, file, how, spoiling, describes, upTo }: Case,
  run: (args: string[]) => Promise<CommandEnded>,
): Promise<boolean> {
  const [given, place] = [join(folder, 'given'), join(folder, 'place')]
  mkdirSync(place, { recursive: true })
  cpSync(right, given, { recursive: true })
  const path = join(given, input, file)
  spoiling.spoil(path, upTo)
  const described = describes && isPlain(path)
  if (described) describe(join(given, input), input, file)
  const before = listed(given)
  const args = lines[command]?.line((name) => join(given, name), join(place, 'out'), { input, file }) ?? []
  findings.tried(command)
  const ended = await run(args)
  const mayBeTaken = spoiling.harmless(path) && (described || !isDescribed(input, file) || file === 'model.onnx.data')
  const fault = (kind: 'wrong' | 'hung', what: string) =>
    findings.fault(command, kind, `case ${n}: ${input}/${file} ${how}${described ? ', described' : ''}: ${what}`)
  try {
    if (ended.hung) fault('hung', `it ran ${patience / 1000} s`)
    else if (ended.code === 0 && mayBeTaken) return true
    else if (ended.code !== 1 && ended.code !== 2) fault('wrong', `exit code ${ended.code}: ${ended.stderr.slice(-300)}`)
    else {
      const found = wrongMessage(ended)
      if (found !== null) fault('wrong', found)
      if (listed(place) !== '') fault('wrong', `it wrote ${listed(place).slice(0, 300)}`)
    }
    if (listed(given) !== before) fault('wrong', 'what it was given has changed')
    return false
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The longest line that tells of a refusal. */
const maxLine = 2000

/** What of a refusal is not as it should be: it is a line on standard error, the last one, and holds nothing that a terminal would obey. */
function wrongMessage({ stderr }: CommandEnded): string | null {
  const refusals = stderr.split('\n').filter((line) => line !== '')
  const told = stderr.slice(-1500)
  if (/^ +at /m.test(stderr)) return `a stack trace: ${told}`
  if (refusals.filter((line) => line.startsWith('softprompt: ')).length !== 1 || !refusals.at(-1)?.startsWith('softprompt: ')) {
    return `not one line: ${told}`
  }
  if (refusals.some((line) => line.length > maxLine)) return `a line of ${Math.max(...refusals.map(({ length }) => length))} characters`
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it is what is looked for
  if (/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/.test(stderr)) return `control characters: ${JSON.stringify(told)}`
  return null
}
