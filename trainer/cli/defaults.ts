import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** How weights are stored where nothing else is asked for: what the Worker runs. */
export const defaultWeights = 'int8'

/** For how many days gc keeps the packages of a deleted task. */
export const keepDeletedDays = 30

/** The frozen model that comes with softprompt: in the folder worked in, else where softprompt is installed. */
export const defaultModel = existsSync('models/default/model.json') ? 'models/default' : shippedModel()

function shippedModel(): string {
  const candidates = ['../../models/default', '../../../models/default'].map((path) => fileURLToPath(new URL(path, import.meta.url)))
  return candidates.find((path) => existsSync(path)) ?? 'models/default'
}
