import { setImmediate } from 'node:timers/promises'
import { SoftPromptError } from '../../shared/error.ts'
import { type BatchRow, mixedBatches } from './mixed-batches.ts'
import type { Backward, Step } from './step.ts'
import { StepSum } from './step-sum.ts'

/** A step with what its rows have given so far, and who waits for it. */
export interface AskedStep extends Step {
  readonly sum: StepSum
  resolve(backward: Backward): void
  reject(cause: unknown): void
}

/** Steps on their way through a model: those that are asked for while others are computed share the next batches. */
export class StepQueue {
  readonly #compute: (batch: readonly BatchRow<AskedStep>[]) => Promise<void>
  readonly #asked: AskedStep[] = []
  #last: Promise<void> = Promise.resolve()

  /** `compute` adds what each row of a batch gives to its step's sum. */
  constructor(compute: (batch: readonly BatchRow<AskedStep>[]) => Promise<void>) {
    this.#compute = compute
  }

  /** What the rows of `step` give. Throws `diverged` where its loss is not a number. */
  ask(step: Step): Promise<Backward> {
    return new Promise((resolve, reject) => {
      this.#asked.push({ ...step, sum: new StepSum(step), resolve, reject })
      if (this.#asked.length === 1) this.#last = this.#last.then(() => this.#computeAsked())
    })
  }

  async #computeAsked(): Promise<void> {
    await setImmediate() // who goes on from one step asks for the next before that
    const asked = this.#asked.splice(0)
    const failures = new Map<AskedStep, unknown>()
    for (const batch of mixedBatches(asked)) {
      const wanted = batch.filter(({ step }) => !failures.has(step))
      if (wanted.length === 0) continue
      await this.#compute(wanted).catch((cause) => {
        for (const { step } of wanted) failures.set(step, cause)
      })
    }
    for (const step of asked) {
      const { sum, resolve, reject } = step
      if (failures.has(step)) reject(failures.get(step))
      else if (Number.isFinite(sum.loss)) resolve(sum)
      else reject(new SoftPromptError('diverged', `The loss is ${sum.loss}.`))
    }
  }
}
