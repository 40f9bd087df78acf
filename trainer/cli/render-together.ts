import { SoftPromptError } from '../../shared/error.ts'
import { headlines, metricsLine } from '../evaluate/report/metrics-line.ts'
import type { WrittenPackage } from '../train/run.ts'
import type { TaskProgress } from '../train/run-together.ts'
import type { Naming } from '../train/setting-names.ts'
import { eventLines } from './event-lines.ts'
import { taskLines } from './task-lines.ts'
import { standingAfter, type TaskStanding, waiting } from './task-standing.ts'
import type { Told } from './told.ts'

/** What has become of a task: its package, or why there is none. */
export type TaskOutcome = {
  readonly task: string
  readonly warnings: readonly string[]
} & ({ readonly written: WrittenPackage } | { readonly error: unknown })

type Telling = Pick<Told, 'log' | 'warn' | 'fail' | 'status' | 'live'>

/** Parts of a run: where no terminal shows its progress, one evaluation is told of in each. */
const toldParts = 5
/** The most characters of a failure of which nobody bounded the parts. */
const maxReason = 2000

/**
 * Shows what the runs of `tasks` tell while they train, as `showTogether` does. Returns what has become of each, in the order of `tasks`, and
 * throws what `events` throws.
 */
export async function renderTogether(events: AsyncIterable<TaskProgress>, tasks: readonly string[], told: Telling): Promise<TaskOutcome[]> {
  const warnings = new Map(tasks.map((task) => [task, [] as string[]]))
  const outcomes = new Map<string, TaskOutcome>()
  const shown = showTogether(tasks, told)
  try {
    for await (const { task, event } of events) {
      shown.tell({ task, event })
      const warned = warnings.get(task) ?? []
      if (event.type === 'warning') warned.push(event.message)
      if (event.type === 'written') outcomes.set(task, { task, warnings: warned, written: event })
      if (event.type === 'failed') outcomes.set(task, { task, warnings: warned, error: event.error })
    }
  } finally {
    shown.close()
  }
  return tasks.map((task) => {
    const outcome = outcomes.get(task)
    if (outcome === undefined) throw new Error(`the training run of task ${task} ended without its package`)
    return outcome
  })
}

/**
 * Shows what is told of `tasks`: on a terminal a line for each that is rewritten and scrolls up as it ends, elsewhere lines that begin with
 * their task, with settings as `naming` has them. Of runs that were interrupted nothing is said: that is told once, of all. `close` takes away what is rewritten.
 */
export function showTogether(
  tasks: readonly string[],
  told: Telling,
  naming?: (task: string) => Naming,
): { tell(progress: TaskProgress): void; close(): void } {
  const standings = new Map(tasks.map((task) => [task, waiting(task)]))
  const show = () => told.status((size) => taskLines([...standings.values()], size))
  show()
  return {
    tell({ task, event }) {
      const before = standings.get(task)
      if (before === undefined) throw new Error(`an event of task ${task}, which is none of those that learn`)
      standings.set(task, standingAfter(before, event))
      if (event.type === 'warning') told.warn(`${task}: ${event.message}`)
      else if (event.type === 'written') told.log([`${task}: `, { style: 'good', text: '✓' }, ` ${summary(event)}`])
      else if (event.type === 'failed') {
        if (!isInterruption(event.error)) told.fail([`${task}: `, { style: 'bad', text: '✗' }, ` ${reason(event.error)}`])
      } else if (event.type === 'ended' || (!told.live && isTold(event, before))) {
        for (const line of eventLines(event, naming?.(task))) told.log([`${task}: `, ...line])
      }
      show()
    },
    close: () => told.status(null),
  }
}

/** Of evaluations, whether this is the first in its part of the run. */
function isTold(event: TaskProgress['event'], { evaluatedAt }: TaskStanding): boolean {
  if (event.type !== 'evaluated') return true
  const part = (step: number) => Math.floor((toldParts * step) / event.steps)
  return part(event.step) > part(evaluatedAt)
}

function isInterruption(error: unknown): boolean {
  return error instanceof SoftPromptError && error.code === 'interrupted'
}

function summary({ metrics, method, bestStep, steps }: WrittenPackage): string {
  const best = bestStep === 0 ? '' : `, step ${bestStep} of ${steps}`
  return `dev ${metricsLine(metrics, headlines(metrics))} (${method}${best})`
}

function reason(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, maxReason)
}
