import type { TaskPlan } from './plan.ts'
import type { ProjectEvent } from './run-project.ts'

/** How long the tasks of a project took, each for itself, and how fast learning was, from what is told of them. */
export class TaskTimes {
  readonly #examplesPerStep: ReadonlyMap<string, number>
  readonly #now: () => number
  readonly #began = new Map<string, number>()
  readonly #seconds = new Map<string, number>()
  #last: number
  #learned = 0
  #begunToLearn = 0
  #endedToLearn = 0

  /** `now` tells the time in ms. */
  constructor(plans: readonly Pick<TaskPlan, 'task' | 'examplesPerStep'>[], now = () => performance.now()) {
    this.#examplesPerStep = new Map(plans.map(({ task, examplesPerStep }) => [task.name, examplesPerStep]))
    this.#now = now
    this.#last = now()
  }

  hear({ task, event }: ProjectEvent): void {
    const now = this.#now()
    if (event.type === 'measured')
      this.#add(task, now - this.#last) // one after another, when all is learned
    else if (!this.#began.has(task)) this.#began.set(task, this.#last)
    if (event.type === 'written' || event.type === 'failed') this.#add(task, now - (this.#began.get(task) ?? now))
    if (event.type === 'step') {
      if (this.#learned === 0) this.#begunToLearn = this.#last
      this.#learned += this.#examplesPerStep.get(task) ?? 0
      this.#endedToLearn = now
    }
    this.#last = now
  }

  /** From the first that is told of a task to its package, and what measuring it takes: in seconds. */
  of(task: string): number {
    return this.#seconds.get(task) ?? 0
  }

  /** Of all tasks together; null where none learned. */
  get examplesPerSecond(): number | null {
    const milliseconds = this.#endedToLearn - this.#begunToLearn
    return milliseconds > 0 ? (1000 * this.#learned) / milliseconds : null
  }

  #add(task: string, milliseconds: number): void {
    this.#seconds.set(task, this.of(task) + milliseconds / 1000)
  }
}
