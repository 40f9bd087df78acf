import { existsSync, rmSync } from 'node:fs'
import { resolve } from 'node:path'
import { SoftPromptError } from '../../shared/error.ts'
import { sha256 } from '../../shared/formats/hashing.ts'
import { promptFolder, writePromptFolder } from '../disk/prompt-folder.ts'
import { checkOutput } from '../disk/replace-folder.ts'
import { verdict } from '../evaluate/report/verdict.ts'
import { EventFile } from './event-file.ts'
import type { EventLine } from './event-line.ts'
import type { TrainingEvent } from './events.ts'
import { ingredients } from './ingredients.ts'
import { type Job, learn } from './job.ts'
import type { LearnedPackage } from './learned-package.ts'
import type { TrainingState } from './state.ts'
import { checkStateFile, loadState, saveState } from './state-file.ts'

/** A job with the folder that its package goes to. */
export interface RunOptions extends Omit<Job, 'resume'> {
  readonly out: string
  /** Whether to go on from the checkpoint that an interrupted run left; where it fits, and anew where there is none or another run's. */
  readonly resume: boolean | 'where it fits'
}

/** A package that was learned and written. */
export interface WrittenPackage extends Omit<LearnedPackage, 'files'> {
  readonly type: 'written'
  /** SHA-256 of prompt.json: the name under which the package is stored. */
  readonly id: string
  readonly bytes: number
}

/** Where the run that makes `out` keeps its checkpoint. */
export const checkpointOf = (out: string) => `${resolve(out)}.checkpoint`

/** Where that run writes down what it tells, until it goes into the package's folder. */
const eventsOf = (out: string) => `${resolve(out)}.events.jsonl`

/**
 * From examples to a prompt package on disk. Every state and every event is kept beside `out`, so that a run that ends early can go on; the
 * state goes when the package is there, and the events go with it. The last event is the package.
 */
export async function* runJob({ out, resume, ...job }: RunOptions): AsyncGenerator<TrainingEvent | WrittenPackage, void> {
  const checkpoint = checkpointOf(out)
  checkOutput(out, promptFolder) // now, not after an hour
  checkStateFile(checkpoint)
  if (resume === false && existsSync(checkpoint)) {
    const message = `${checkpoint} of an interrupted run will be written over; --resume would have gone on from it`
    yield { type: 'warning', message }
  }
  const told: string[] = []
  const events = new EventFile(eventsOf(out), job.task)
  const resumeFrom = (run: string) => {
    const state = resumed(checkpoint, run, resume, (why) => told.push(why))
    const lost = events.begin(run, state?.step ?? 0, checkpoint)
    if (lost !== null) told.push(lost)
    return state
  }
  try {
    const { files, ...learned } = yield* kept(learn({ ...job, resume: resumeFrom }), { checkpoint, events, told })
    const bytes = Object.values(files).reduce((sum, file) => sum + file.length, 0)
    const written = { type: 'written', id: await sha256(files['prompt.json']), bytes, ...learned } as const
    const { directory, card } = job.model.opened
    await writePromptFolder(out, files, directory, ingredients({ ...job, model: card }), events.ended(packageLine(written)))
    events.remove()
    rmSync(checkpoint, { force: true })
    yield written
  } finally {
    events.close()
    if (!existsSync(checkpoint)) events.remove() // nothing goes on from there
  }
}

/** What is written down of a package: everything that is said of it. */
export function packageLine(written: WrittenPackage): EventLine {
  const { id: prompt, bytes, method, steps, bestStep, temperature, baselines, overProbe, overZeroShot, learnedFrom, evaluation } = written
  return {
    ...{ type: 'package', when: new Date().toISOString(), prompt, bytes, method, steps, bestStep, temperature },
    ...{ verdict: verdict(written), baselines, overProbe, overZeroShot, learnedFrom: [...learnedFrom], evaluation },
  }
}

/** The state to go on from, of the run that is known by `identity`; `tell` is told why one that is there is not used. */
function resumed(checkpoint: string, identity: string, resume: RunOptions['resume'], tell: (why: string) => void): TrainingState | null {
  if (resume === false || (resume === 'where it fits' && !existsSync(checkpoint))) return null
  try {
    return loadState(checkpoint, identity)
  } catch (error) {
    if (resume !== 'where it fits' || !(error instanceof SoftPromptError)) throw error
    tell(`the checkpoint ${checkpoint} is not of this training, or damaged: learning begins anew`)
    return null
  }
}

/** Where a run is kept, and what is to be told of that. */
interface Keeping {
  readonly checkpoint: string
  readonly events: EventFile
  readonly told: string[]
}

/** The events of learning, each kept before it is told of, a state in `checkpoint`, and what is `told` meanwhile as warnings. */
async function* kept(
  learning: AsyncGenerator<TrainingEvent, LearnedPackage>,
  { checkpoint, events, told }: Keeping,
): AsyncGenerator<TrainingEvent, LearnedPackage> {
  try {
    for (;;) {
      const { done, value } = await learning.next().catch((cause) => {
        if (!(cause instanceof SoftPromptError) || cause.code !== 'interrupted') throw cause
        const next = existsSync(checkpoint) ? 'Continue with --resume.' : 'Nothing was learned yet: start over.'
        throw new SoftPromptError('interrupted', `${cause.message} ${next}`, { cause })
      })
      if (done) return value
      for (const message of told.splice(0)) {
        const warning = { type: 'warning', message } as const
        events.add(warning)
        yield warning
      }
      events.add(value)
      if (value.type === 'state') saveState(checkpoint, value.state)
      yield value
    }
  } finally {
    await learning.return(null as never) // where the checkpoint can't be kept, or nobody listens any more: it frees what it holds
  }
}
