import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

/** How weights are stored where nothing else is asked for: what the Worker runs. */
export const defaultWeights = 'int8'

/** For how many days gc keeps the packages of a deleted task. */
export const keepDeletedDays = 30

/** The frozen model that comes with softprompt. */
export const defaultModel = dirname(shipped('models/default/model.json'))

/** The training examples of a task that come with softprompt. */
export const shippedExamples = (task: string) => shipped(`examples/${task}/train.jsonl`)

/** The pages that the service shows beside its API. */
export const site = dirname(shipped('dist/worker/site/index.html'))

/** A file that comes with softprompt: in the folder worked in, else where softprompt is installed. */
function shipped(file: string): string {
  const installed = ['../../', '../../../'].map((up) => fileURLToPath(new URL(`${up}${file}`, import.meta.url)))
  return [file, ...installed].find((path) => existsSync(path)) ?? file
}
