import { SoftPromptError } from '../../shared/error.ts'
import { capacityOf, inOrder } from '../side-by-side.ts'
import { type BatchRow, graphKey, mixedBatches } from './mixed-batches.ts'
import type { Backward, Step } from './step.ts'
import { StepSum } from './step-sum.ts'

/** A step with what its rows have given so far, and who waits for it. */
export interface AskedStep extends Step {
  readonly sum: StepSum
  resolve(backward: Backward): void
  reject(cause: unknown): void
}

/** Computes a batch, and gives what adds each row's part to its step's sum. */
type Compute = (batch: readonly BatchRow<AskedStep>[]) => Promise<() => void>

/** The most rows of a batch on all threads: more are no faster a row, and take more memory. */
const maxRows = 16

/**
 * Steps on their way through a model. Those that wait share batches where they fill none alone, and one that waits alone is computed in
 * parts side by side; while some are computed, the others make their next step.
 */
export class StepQueue {
  readonly #compute: Compute
  readonly #maxRows: number
  readonly #asked: AskedStep[] = []
  /** How many batches more can be computed at the same time. */
  #free: number

  /** `sideBySide` batches are computed at the same time. */
  constructor(sideBySide: number, compute: Compute) {
    this.#free = sideBySide
    this.#maxRows = capacityOf(sideBySide, maxRows).maxRows
    this.#compute = compute
  }

  /** What the rows of `step` give. Throws `diverged` where its loss is not a number. */
  ask(step: Step): Promise<Backward> {
    return new Promise((resolve, reject) => {
      this.#asked.push({ ...step, sum: new StepSum(step), resolve, reject })
      setImmediate(() => this.#begin()) // who asks at the same time, or goes on from a step that has just ended, does so before that
    })
  }

  #begin(): void {
    while (this.#free > 0 && this.#asked.length > 0) {
      const steps = this.#taken()
      const share = this.#asked.length > 0 ? 1 : this.#free
      this.#free -= share
      void this.#computeSteps(steps, share).then(() => {
        this.#free += share
        this.#begin()
      })
    }
  }

  /** The step that has waited longest, and those behind it that fill a batch with it. */
  #taken(): AskedStep[] {
    const key = graphKey(this.#asked[0] as AskedStep)
    let rows = 0
    const taken = new Set<AskedStep>()
    for (const step of this.#asked) {
      if (rows >= this.#maxRows) break
      if (graphKey(step) !== key) continue
      rows += step.rows.length
      taken.add(step)
    }
    this.#asked.splice(0, this.#asked.length, ...this.#asked.filter((step) => !taken.has(step)))
    return [...taken]
  }

  async #computeSteps(steps: readonly AskedStep[], sideBySide: number): Promise<void> {
    const failures = new Map<AskedStep, unknown>()
    const computed = inOrder(mixedBatches(steps, { sideBySide, maxRows: this.#maxRows }), sideBySide, async (batch) => {
      const wanted = batch.filter(({ step }) => !failures.has(step))
      if (wanted.length === 0) return () => undefined
      return this.#compute(wanted).catch((cause) => {
        for (const { step } of wanted) failures.set(step, cause)
        return () => undefined
      })
    })
    try {
      for await (const add of computed) add()
    } catch (cause) {
      for (const step of steps) failures.set(step, cause)
    }
    for (const step of steps) {
      const { sum, resolve, reject } = step
      if (failures.has(step)) reject(failures.get(step))
      else if (Number.isFinite(sum.loss)) resolve(sum)
      else reject(new SoftPromptError('diverged', `The loss is ${sum.loss}.`))
    }
  }
}
