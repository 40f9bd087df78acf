import type { Label } from '../../shared/formats/prompt-card.ts'
import type { LabelHead } from '../../shared/formats/prompt-package.ts'
import type { DifferentiableModel } from '../autodiff/differentiable-model.ts'
import { seededRandom } from '../random.ts'
import { loadTensorFlow } from '../tensorflow.ts'
import type { Candidate } from './candidate.ts'
import { placementOf } from './check-job.ts'
import type { TrainingEvent } from './events.ts'
import type { PromptInitializer } from './initializers/initializer.ts'
import * as initializers from './initializers/table.ts'
import { trainingLoop } from './loop.ts'
import type { Method } from './methods/method.ts'
import * as methods from './methods/table.ts'
import type { PreparedJob } from './prepare-job.ts'
import { runIdentity } from './run-identity.ts'
import { warnedOfSameAnswers } from './same-answers.ts'
import type { TrainingSettings } from './settings.ts'
import { firstState, type TrainingState } from './state.ts'

/** What learns, from where on, and until when. */
interface Learning {
  readonly model: DifferentiableModel
  /** The state to go on from, of the run that is known by `identity`; null to begin anew. */
  readonly resume: (identity: string) => TrainingState | null
  readonly signal: AbortSignal
  /** A linear probe that the label rows may begin as; null where there is none. */
  readonly probe: LabelHead | null
}

/** Learns the prompt, from the state of an interrupted run on where there is one. */
export async function* learnPrompt(
  { model, resume, signal, probe }: Learning,
  { settings, objective, labels, names, train, dev, examples, devExamples, labelWeights, criteria }: PreparedJob,
): AsyncGenerator<TrainingEvent, Candidate & { readonly steps: number }> {
  const tensorFlow = await loadTensorFlow()
  const identity = runIdentity({ model: model.opened.card, labels, train, dev, settings })
  const computedBy = `${model.threads} threads of ONNX Runtime and TensorFlow.js's ${tensorFlow.backend} backend`
  const { learned: besides, fixed } = await objective.initial({ model, labels, settings, probe })
  const state = resume(identity) ?? firstState(identity, computedBy, { ...(await initialPrompt(model, settings, labels)), ...besides })
  if (state.computedBy !== computedBy) {
    const message = `the checkpoint was made by ${state.computedBy}, and here are ${computedBy}: the result may differ in its last digits`
    yield { type: 'warning', message }
  }
  const placement = placementOf(model.frozen.card, settings)
  const run = { model, tensorFlow, settings, train: examples, dev: devExamples, signal, placement, fixed, labelWeights, criteria }
  const learned = yield* warnedOfSameAnswers(trainingLoop({ ...run, state: { ...state, computedBy } }), names)
  return { ...learned, method: settings.method, placement }
}

/** The variables of the prompt before the first step. */
async function initialPrompt({ opened, frozen }: DifferentiableModel, settings: TrainingSettings, labels: readonly Label[]) {
  const { init, virtualTokens, seed, initText: text } = settings
  const initializer: PromptInitializer = initializers[init]
  const method: Method = methods[settings.method]
  const input = () => ({ model: opened, virtualTokens, labels, text, random: seededRandom(seed, 1) })
  const table = () => initializer.table(input())
  const prefix = async () => initializer.prefix?.(input()) ?? (await frozen.compile(table()))
  return method.variables({ table, prefix }, opened.card.sizes)
}
