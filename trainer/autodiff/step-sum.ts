import { promptValues, type StoredPrompt } from '../../shared/formats/peft.ts'
import type { Backward } from './step.ts'

/** What the rows of a step have given so far, summed: a row more takes no more memory. */
export class StepSum implements Backward {
  loss = 0
  fed: StoredPrompt | null = null
  learned: Readonly<Record<string, Float32Array>> = {}
  #empty = true

  /** Adds what one row gives: the first row's arrays are the sum's from then on. */
  add({ loss, fed, learned }: Backward): void {
    this.loss += loss
    if (this.#empty) {
      this.fed = fed
      this.learned = learned
    } else {
      if (this.fed !== null && fed !== null) addTo(promptValues(this.fed), promptValues(fed))
      for (const [name, sum] of Object.entries(this.learned)) addTo(sum, learned[name] as Float32Array)
    }
    this.#empty = false
  }
}

function addTo(sum: Float32Array, values: Float32Array): void {
  for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] as number) + (values[i] as number)
}
