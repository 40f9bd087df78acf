import type { TrainingEvent } from './events.ts'
import { interleaved } from './interleaved.ts'
import { type RunOptions, runJob, type WrittenPackage } from './run.ts'
import { TextFeatures } from './text-features.ts'

/** What becomes of a task among others. */
export interface TaskProgress {
  readonly task: string
  readonly event: TrainingEvent | WrittenPackage | FailedRun
}

/** Learning of one task is over without a package: the others go on. */
interface FailedRun {
  readonly type: 'failed'
  readonly error: unknown
}

/** The most tasks that learn at the same time: more mix batches no better, and each keeps its variables in memory. */
const maxTogether = 32

/**
 * Learns many prompts of one model: the rows of their steps share batches (`DifferentiableModel.backward`), and a task that ends makes room
 * for another. Each ends in the very package that it ends in alone.
 */
export function runTogether(jobs: readonly RunOptions[]): AsyncGenerator<TaskProgress, void> {
  const features = new Map([...new Set(jobs.map(({ model }) => model))].map((model) => [model, new TextFeatures(model.frozen)]))
  return interleaved(
    jobs.map((job) => () => events({ ...job, features: features.get(job.model) as TextFeatures })),
    maxTogether,
  )
}

async function* events(job: RunOptions): AsyncGenerator<TaskProgress, void> {
  const { task } = job
  try {
    for await (const event of runJob(job)) yield { task, event }
  } catch (error) {
    yield { task, event: { type: 'failed', error } }
  }
}
