import type { TaskProgress } from '../train/run-together.ts'
import type { StepDone } from './progress.ts'

/** What a task that isn't learning is at, by the words for people. */
export const phases = {
  waiting: 'waiting',
  preparing: 'reading, fitting the probe',
  starting: 'starting',
  finishing: 'measuring and writing',
} as const

/** How far a task has come. */
export interface TaskStanding {
  readonly task: string
  readonly phase: keyof typeof phases | 'learning' | 'over'
  /** The last step that was told of. */
  readonly step: StepDone | null
  /** On dev, at each evaluation. */
  readonly accuracies: readonly number[]
  /** The step of the last evaluation. */
  readonly evaluatedAt: number
}

/** A task that nothing was heard of. */
export function waiting(task: string): TaskStanding {
  return { task, phase: 'waiting', step: null, accuracies: [], evaluatedAt: 0 }
}

/** How far a task is after an event of it. */
export function standingAfter(standing: TaskStanding, event: TaskProgress['event']): TaskStanding {
  switch (event.type) {
    case 'data':
      return { ...standing, phase: 'preparing' }
    case 'baseline':
      return { ...standing, phase: 'starting' }
    case 'step':
      return { ...standing, phase: 'learning', step: event }
    case 'evaluated':
      return { ...standing, accuracies: [...standing.accuracies, event.metrics.accuracy], evaluatedAt: event.step }
    case 'ended':
      return { ...standing, phase: 'finishing' }
    case 'written':
    case 'failed':
      return { ...standing, phase: 'over' }
    default:
      return standing
  }
}
