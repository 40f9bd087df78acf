import { existsSync, rmSync } from 'node:fs'
import { resolve } from 'node:path'
import { SoftPromptError } from '../../shared/error.ts'
import { sha256 } from '../../shared/formats/hashing.ts'
import { promptFolder, writePromptFolder } from '../disk/prompt-folder.ts'
import { checkOutput } from '../disk/replace-folder.ts'
import type { TrainingEvent } from './events.ts'
import { ingredients } from './ingredients.ts'
import { type Job, type LearnedPackage, learn } from './job.ts'
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

/**
 * From examples to a prompt package on disk. Every state is kept beside `out`, so that a run that ends early can go on; it goes when the
 * package is there. The last event is the package.
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
  const learning = learn({ ...job, resume: (run) => resumed(checkpoint, run, resume, (why) => told.push(why)) })
  const { files, ...learned } = yield* kept(learning, checkpoint, told)
  await writePromptFolder(out, files, job.model.opened.directory, ingredients({ ...job, model: job.model.opened.card }))
  rmSync(checkpoint, { force: true })
  const bytes = Object.values(files).reduce((sum, file) => sum + file.length, 0)
  yield { type: 'written', id: await sha256(files['prompt.json']), bytes, ...learned }
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

/** The events of learning, each state among them kept in `checkpoint` before it is told of, and what is `told` meanwhile as warnings. */
async function* kept(
  learning: AsyncGenerator<TrainingEvent, LearnedPackage>,
  checkpoint: string,
  told: string[],
): AsyncGenerator<TrainingEvent, LearnedPackage> {
  try {
    for (;;) {
      const { done, value } = await learning.next().catch((cause) => {
        if (!(cause instanceof SoftPromptError) || cause.code !== 'interrupted') throw cause
        const next = existsSync(checkpoint) ? 'Continue with --resume.' : 'Nothing was learned yet: start over.'
        throw new SoftPromptError('interrupted', `${cause.message} ${next}`, { cause })
      })
      if (done) return value
      for (const message of told.splice(0)) yield { type: 'warning', message }
      if (value.type === 'state') saveState(checkpoint, value.state)
      yield value
    }
  } finally {
    await learning.return(null as never) // where the checkpoint can't be kept, or nobody listens any more: it frees what it holds
  }
}
