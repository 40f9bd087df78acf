import { dirname } from 'node:path'
import { shipped } from '../library/shipped.ts'

/** How weights are stored where nothing else is asked for: what the Worker runs. */
export const defaultWeights = 'int8'

/** For how many days gc keeps the packages of a deleted task. */
export const keepDeletedDays = 30

/** The training examples of a task that come with softprompt. */
export const shippedExamples = (task: string) => shipped(`examples/${task}/train.jsonl`)

/** The pages that the service shows beside its API. */
export const site = dirname(shipped('dist/worker/site/index.html'))
