import { z } from 'zod'
import { SoftPromptError } from '../../shared/error.ts'
import { namesOf } from '../../shared/names-of.ts'
import type { LearningDefaults } from '../import/architectures/architecture.ts'
import * as initializers from './initializers/table.ts'
import * as methods from './methods/table.ts'
import * as objectives from './objectives/table.ts'
import * as optimizers from './optimizers/table.ts'
import { byModel, PlainSettings } from './plain-settings.ts'
import * as schedules from './schedules/table.ts'
import { flagOf } from './setting-flag.ts'

const aboutMethods = namesOf(methods).map((name) => `${name}: ${methods[name].about}`).join('; ') // biome-ignore format: one thought

/**
 * Every choice of a training run: what the command line takes (a field is an option, its description the help), what the card tells,
 * and what two runs must share for one to go on from the other's state. The defaults were chosen on dev splits: docs/training.md says how.
 */
export const TrainingSettings = z.object({
  method: z.enum(namesOf(methods)).default('prefix').describe(`what is learned. ${aboutMethods}`),
  objective: z
    .enum(namesOf(objectives))
    .default('classification')
    .describe('what learning minimises: the loss of one label a text or, as where the examples have lists of labels, of several'),
  init: z.enum(namesOf(initializers)).describe(`what the prompt begins as ${byModel('init')}`),
  optimizer: z.enum(namesOf(optimizers)).default('adamw').describe('how the prompt moves'),
  schedule: z.enum(namesOf(schedules)).default('linear').describe('how the learning rate falls'),
  ...PlainSettings.shape,
})
export type TrainingSettings = z.infer<typeof TrainingSettings>

/** Those that are not the defaults. */
export type GivenSettings = Partial<TrainingSettings>

const maxSteps = 600
/** A small data set is learned by heart after that: 300 steps on 500 examples did better on dev than 600. */
const maxEpochs = 10
const evaluations = 6
const maxStepsBetween = 100

/** The settings to learn from so many examples with: the defaults, among them the model's, with what was `given` in their place. */
export function settingsFor(given: GivenSettings, examples: number, defaults: LearningDefaults): TrainingSettings {
  const { batchSize } = defaultsWith(given)
  const { steps = Math.min(maxSteps, Math.ceil((maxEpochs * examples) / batchSize)) } = given
  const { evaluateEvery = Math.min(maxStepsBetween, Math.ceil(steps / evaluations)) } = given
  const headInit = headInitOf(given, defaults)
  const said = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
  return TrainingSettings.parse({ ...defaults, ...said, headInit, steps, evaluateEvery })
}

/** What label rows begin as. Throws `usage` where they would stay zeros, which answer nothing, or begin as a probe that is left out. */
function headInitOf({ head, headInit, probe, method }: GivenSettings, defaults: LearningDefaults): string {
  if (headInit === 'probe' && probe === false && !(method !== undefined && methods[method].empty))
    throw new SoftPromptError(
      'usage',
      'Cannot start the label rows from the probe without one: leave out --no-probe, or --head-init probe.',
    )
  if (head !== 'fixed') return headInit ?? defaults.headInit
  if (headInit !== 'zeros') return headInit ?? 'words'
  throw new SoftPromptError(
    'usage',
    'Cannot keep label rows of zeros fixed: every label would be equally likely. Start them with --head-init words or probe.',
  )
}

const EverywhereTheSame = TrainingSettings.omit({
  ...{ steps: true, evaluateEvery: true },
  ...{ template: true, virtualTokens: true, init: true, headInit: true, learningRate: true, headLearningRate: true },
})

/** The settings that depend neither on the data nor on the model: the defaults, with what was `given` in their place. */
export function defaultsWith(given: GivenSettings): z.infer<typeof EverywhereTheSame> {
  return EverywhereTheSame.parse(given)
}

/** What the linear probe is told by itself; everything else is about learning step by step. */
const ofProbe: readonly string[] = ['method', 'objective', 'template', 'maxTokens', 'probe', 'classWeights', 'precision', 'thresholds', 'chooseBy', 'seed'] satisfies (keyof TrainingSettings)[] // biome-ignore format: one list

/** Throws `usage` where something of what was `stated` has no effect beside all that is `given`. */
export function requireEffect(given: GivenSettings, stated: GivenSettings = given): void {
  const { method, precision } = given
  if (stated.thresholds !== undefined && precision === undefined)
    throw new SoftPromptError(
      'usage',
      'Cannot use --thresholds without --precision: what it says is what that holds for. Add --precision, such as --precision 0.95.',
    )
  if (method === undefined || !methods[method].empty) return
  if (stated.probe === false)
    throw new SoftPromptError(
      'usage',
      `Cannot use --no-probe with --method ${method}: it is all that is learned. Leave out one or the other.`,
    )
  const idle = namesOf(TrainingSettings.shape).filter((name) => stated[name] !== undefined && !ofProbe.includes(name))
  if (idle.length === 0) return
  throw new SoftPromptError(
    'usage',
    `Cannot use ${idle.map(flagOf).join(', ')} with --method ${method}: nothing is learned step by step. Leave out one or the other.`,
  )
}

/** Throws `usage` where a text was given to begin from, and what the prompt begins as takes none, or none was given that it takes. */
export function requireTaken(given: GivenSettings): void {
  const { init, initText } = given
  if (init !== undefined && initializers[init].takesText && !initText?.trim())
    throw new SoftPromptError('usage', `Cannot start from --init ${init} without a text: add --init-text "…".`)
  if (initText === undefined || (init !== undefined && initializers[init].takesText)) return
  const takers = namesOf(initializers).filter((name) => initializers[name].takesText)
  throw new SoftPromptError('usage', `Cannot start from --init-text alone: add --init ${takers.join(' or ')}.`)
}
