import type { FrozenModel } from '../../shared/engine/frozen-model.ts'
import { excerpt } from '../../shared/error.ts'
import { peftFiles, type StoredPrompt } from '../../shared/formats/peft.ts'
import type { Label } from '../../shared/formats/prompt-card.ts'
import { type LabelHead, type PromptFiles, sealPromptPackage } from '../../shared/formats/prompt-package.ts'
import type { EncodedText } from '../../shared/text/template.ts'
import type { DifferentiableModel } from '../autodiff/differentiable-model.ts'
import type { Dataset } from '../data/dataset.ts'
import { setName, severalLabels } from '../data/example.ts'
import { aboutWords, labelsOf, requireDifferent, verbalize } from '../data/labels.ts'
import { cutByWorker } from '../data/row-length.ts'
import { sampledRows } from '../data/sample.ts'
import { heldOut } from '../data/split.ts'
import { type Criterion, criteriaBy, isBetter } from '../evaluate/better.ts'
import type { Abstaining } from '../evaluate/choose-thresholds.ts'
import { onlyAnswer } from '../evaluate/confusion-matrix.ts'
import { type EvaluationRecord, evaluationOf } from '../evaluate/evaluation.ts'
import { pairedDifference } from '../evaluate/interval.ts'
import { type Metrics, type MetricValues, metricsOf, valuesOf } from '../evaluate/metrics.ts'
import { predictionsOf } from '../evaluate/predictions.ts'
import { type RightAnswer, rightForTraining } from '../evaluate/right-answers.ts'
import { suspectedLabels, suspicion } from '../evaluate/suspected-labels.ts'
import { requireArchitecture } from '../import/architectures/require-architecture.ts'
import { tooLargeForWorker } from '../import/worker-fit.ts'
import { seededRandom } from '../random.ts'
import { loadTensorFlow } from '../tensorflow.ts'
import { type Baseline, measureBaselines } from './baselines.ts'
import { answerAt, type Candidate, type MeasuredCandidate, measureCandidate } from './candidate.ts'
import { fitContext, placementOf, requireCard, templateOf } from './check-job.ts'
import type { TrainingEvent } from './events.ts'
import type { PromptInitializer } from './initializers/initializer.ts'
import * as initializers from './initializers/table.ts'
import { labelWeightsOf } from './label-weights.ts'
import { learnedCard } from './learned-card.ts'
import { type Learned, trainingLoop } from './loop.ts'
import type { Method } from './methods/method.ts'
import * as methods from './methods/table.ts'
import { neverAnswered } from './never-answered.ts'
import { objectiveFor } from './objective-for.ts'
import type { Objective, TrainingExample } from './objectives/objective.ts'
import * as objectives from './objectives/table.ts'
import { runIdentity } from './run-identity.ts'
import { defaultsWith, type GivenSettings, settingsFor, type TrainingSettings } from './settings.ts'
import type { TrainingState } from './state.ts'
import type { TextFeatures } from './text-features.ts'

/** What is to be learned from what. */
export interface Job {
  readonly model: DifferentiableModel
  readonly task: string
  readonly train: Dataset
  /** Without it, a part of `train` is held out for it. */
  readonly dev?: Dataset
  /** Words that stand for labels; a label's own words where it has none here. */
  readonly verbalizers: Readonly<Record<string, string>>
  readonly settings: GivenSettings
  /** The state to go on from, of the run that is known by `identity`; null to begin anew. */
  readonly resume: (identity: string) => TrainingState | null
  readonly signal: AbortSignal
  /** Where other tasks look for what the model makes of the same texts. */
  readonly features?: TextFeatures
}

/** A prompt package, and how well it does. */
export interface LearnedPackage {
  readonly files: PromptFiles
  /** How what is packaged was made: by the method asked for, or as the linear probe, where that does better on dev. */
  readonly method: string
  readonly bestStep: number
  /** Steps done. */
  readonly steps: number
  /** On dev, at `temperature`. */
  readonly metrics: Metrics
  readonly temperature: number
  /** What else answers dev. */
  readonly baselines: { readonly zeroShot: MetricValues; readonly probe?: MetricValues }
  /** How much more often what was learned is right on dev than the probe; null where there is one of the two alone. */
  readonly overProbe: ReturnType<typeof pairedDifference> | null
  /** What comes of dev where answers may be withheld; null where none is. */
  readonly abstaining: Abstaining | null
  /** C names, and how many examples each was learned from. */
  readonly labels: readonly string[]
  readonly learnedFrom: readonly number[]
  /** The examples of dev most likely mislabelled, the surest first. */
  readonly suspects: readonly SuspectedExample[]
  /** Everything that is said of dev. */
  readonly evaluation: EvaluationRecord
}

/** An example that is answered otherwise than it is labelled, with the probabilities of both. */
export interface SuspectedExample {
  readonly text: string
  readonly label: string
  readonly answer: string
  readonly ofLabel: number
  readonly ofAnswer: number
}

/** The most examples that are told of as mislabelled. */
const maxSuspects = 5

/** More examples choose no better step, and each is read at every evaluation. */
const maxDev = 10_000
/** More examples make a probe little better: it has some hundreds of weights a label, and by default a prompt learns from 9,600. */
const maxProbed = 20_000

/** A text of a batch, and the index of its label. */
type EncodedExample = TrainingExample & Pick<EncodedText, 'truncated'>

/** From examples to the files of a prompt package: checks, trains, calibrates on dev. Nothing is read or written but through `job`. */
export async function* learn(job: Job): AsyncGenerator<TrainingEvent, LearnedPackage> {
  const { model, task, signal } = job
  const { opened } = model
  const [train, wholeDev] = splitOf(job)
  const usual = settingsFor(
    { ...job.settings, objective: objectiveFor(job.train, job.settings) },
    train.examples.length,
    requireArchitecture(opened.card).defaults,
  )
  const settings = fitContext(usual, model.frozen, job.settings.maxTokens)
  const dev = atMost(wholeDev, maxDev, settings.seed)
  const encode = templateOf(settings, opened)
  const labels = verbalize(labelsOf(job.train), job.verbalizers, opened.encode)
  requireCard(labels, settings.template)
  if (settings.head === 'fixed' && settings.headInit === 'words') requireDifferent(labels, opened.card)
  yield { type: 'data', labels: labels.length, train: train.examples.length, dev: wholeDev.examples.length, heldOut: job.dev === undefined }
  if (dev !== wholeDev) yield { type: 'warning', message: `dev has ${wholeDev.examples.length} examples: the best step is chosen by ${maxDev} of them` } // biome-ignore format: one thought
  const tooLarge = tooLargeForWorker(opened.card)
  const unserved = tooLarge && `model ${opened.card.name} does not fit a Worker: ${tooLarge}`
  for (const message of [unserved, cutByWorker(settings.maxTokens), ...aboutWords(labels, opened.card, opened.encode)])
    if (message !== null) yield { type: 'warning', message }

  const examples = encodeExamples(train, labels, encode)
  const devExamples = encodeExamples(dev, labels, encode)
  for (const [set, rows] of [[train, examples] as const, [dev, devExamples] as const]) yield* cutTexts(set, rows)

  const objective: Objective = objectives[settings.objective]
  const names = labels.map(({ label }) => label)
  const answers = devExamples.map(({ right }) => right)
  const criteria = criteriaOf(settings, objective)
  const weighting = { labelWeights: labelWeightsOf(settings.classWeights, names, examples, objective.several) }
  const measured = (candidate: Candidate) => measureCandidate(candidate, objective, answers, settings)
  const measure = (scores: readonly Float64Array[]) =>
    metricsOf(scores, answers, labels.length, answerAt(1, scores, answers, labels.length, objective, settings).rule)
  const probeOptions = { wants: settings.probe || methods[settings.method].empty, objective, weighting, choice: { measure, criteria } }
  const probed = sampledRows(train.examples.map(({ text }) => text), maxProbed, settings.seed).map((row) => examples[row] as EncodedExample) // biome-ignore format: one thought
  const baselines = await measureBaselines(model, labels, probed, devExamples, probeOptions, { signal, features: job.features })
  const zeroShot = measure(baselines.zeroShot.scores)
  yield { type: 'baseline', name: 'zero-shot', metrics: zeroShot }
  const probe = baselines.probe && measured(probeCandidate(model.frozen, baselines.probe))
  if (probe !== null) yield { type: 'baseline', name: 'linear probe', metrics: probe.metrics }

  const prepared = { settings, labels, train, dev, examples, devExamples, probe: baselines.probe, criteria, ...weighting }
  const learned = methods[settings.method].empty ? null : yield* learnPrompt(job, prepared)
  const prompt = learned && measured(learned)
  const chosen = betterOf(prompt, probe, criteria)
  const others = { zeroShot: valuesOf(zeroShot), ...(probe === null ? {} : { probe: valuesOf(probe.metrics) }) }

  const steps = learned?.steps ?? 0
  const card = learnedCard({ task, settings, model: opened.card, labels, train, dev, chosen, steps, baselines: others })
  const peft = peftFiles(chosen.stored, opened.card, model.frozen.family.peftTaskType)
  const files = await sealPromptPackage(card, peft, chosen, opened.card, `prompt ${task}`, baselines.probe)
  const { method, bestStep, metrics, abstaining } = chosen
  const { temperature } = chosen.rule
  const never = neverAnswered(chosen, names, settings.precision)
  if (never !== null) yield { type: 'warning', message: never }
  const overProbe = prompt && probe && pairedDifference(prompt.right, probe.right)
  const learnedFrom = names.map(() => 0)
  for (const { right } of examples) for (const c of [right].flat()) learnedFrom[c] = (learnedFrom[c] as number) + 1
  const suspects = suspectsOf(chosen, dev, answers, names)
  const evaluation = evaluationOnDev(chosen, dev, answers, names)
  const told = { metrics, temperature, baselines: others, overProbe, labels: names, learnedFrom, suspects, abstaining, evaluation }
  return { files, method, bestStep, steps, ...told }
}

function evaluationOnDev(
  { scores, rule }: MeasuredCandidate,
  { examples }: Dataset,
  answers: readonly RightAnswer[],
  names: readonly string[],
): EvaluationRecord {
  const predictions = predictionsOf(scores, answers, names.length, rule)
  return evaluationOf(predictions, names, rule.thresholds, { texts: examples.map(({ text }) => text), drawn: false })
}

/** What the best step is chosen by. */
function criteriaOf({ chooseBy, classWeights }: TrainingSettings, { criteria, several }: Objective): readonly Criterion[] {
  if (chooseBy !== undefined) return criteriaBy(chooseBy)
  return classWeights === undefined || several ? criteria : criteriaBy('macroF1')
}

function suspectsOf(
  { scores, rule }: MeasuredCandidate,
  dev: Dataset,
  answers: readonly RightAnswer[],
  names: readonly string[],
): SuspectedExample[] {
  const name = (answer: RightAnswer) =>
    typeof answer === 'number' ? (names[answer] as string) : setName(answer.map((c) => names[c] as string))
  return suspectedLabels(predictionsOf(scores, answers, names.length, rule), maxSuspects)
    .filter(({ ofLabel, ofAnswer }) => ofAnswer - ofLabel > suspicion)
    .map(({ row, label, answer, ofLabel, ofAnswer }) => ({
      text: dev.examples[row]?.text ?? '',
      label: name(label),
      answer: name(answer),
      ofLabel,
      ofAnswer,
    }))
}

/** The candidate that does better on dev; what was learned step by step where they do as well. */
function betterOf(prompt: MeasuredCandidate | null, probe: MeasuredCandidate | null, criteria: readonly Criterion[]): MeasuredCandidate {
  const [first, second] = [prompt, probe].filter((candidate) => candidate !== null)
  if (first === undefined) throw new Error('there is nothing to package')
  return second !== undefined && isBetter(second.metrics, first.metrics, criteria) ? second : first
}

/** What a prompt is learned of, encoded. */
interface PreparedJob {
  readonly settings: TrainingSettings
  readonly labels: readonly Label[]
  readonly train: Dataset
  readonly dev: Dataset
  readonly examples: readonly EncodedExample[]
  readonly devExamples: readonly EncodedExample[]
  readonly probe: LabelHead | null
  readonly labelWeights: Float32Array | null
  readonly criteria: readonly Criterion[]
}

/** Learns the prompt, from the state of an interrupted run on where there is one. */
async function* learnPrompt(
  { model, resume, signal }: Job,
  { settings, labels, train, dev, examples, devExamples, probe, labelWeights, criteria }: PreparedJob,
): AsyncGenerator<TrainingEvent, Candidate & { readonly steps: number }> {
  const tensorFlow = await loadTensorFlow()
  const identity = runIdentity({ model: model.opened.card, labels, train, dev, settings })
  const computedBy = `${model.threads} threads of ONNX Runtime and TensorFlow.js's ${tensorFlow.backend} backend`
  const { learned: besides, fixed } = await objectives[settings.objective].initial({ model, labels, settings, probe })
  const state = resume(identity) ?? {
    ...{ run: identity, computedBy, step: 0, best: null, stale: 0, optimizer: {}, bestVariables: {} },
    variables: { ...(await initialPrompt(model, settings, labels)), ...besides },
  }
  if (state.computedBy !== computedBy) {
    const message = `the checkpoint was made by ${state.computedBy}, and here are ${computedBy}: the result may differ in its last digits`
    yield { type: 'warning', message }
  }
  const placement = placementOf(model.frozen, settings)
  const run = { model, tensorFlow, settings, train: examples, dev: devExamples, signal, placement, fixed, labelWeights, criteria }
  const learned = yield* warned(trainingLoop({ ...run, state: { ...state, computedBy } }), labels)
  return { ...learned, method: settings.method, placement }
}

/** The linear probe as what may be packaged: a prompt of no positions. */
function probeCandidate({ card }: FrozenModel, { labelRows, bias, scores }: Baseline): Candidate {
  const stored: StoredPrompt = { kind: 'prefix', prefix: { length: 0, keyValues: new Float32Array() } }
  const placement = { positionOffset: 0, readout: card.readout }
  return { method: 'probe' satisfies keyof typeof methods, stored, placement, labelRows, bias, scores, bestStep: 0 }
}

/** A data set of at most so many examples: the same ones where others are added. */
function atMost(data: Dataset, max: number, seed: number): Dataset {
  if (data.examples.length <= max) return data
  const rows = sampledRows(data.examples.map(({ text }) => text), max, seed) // biome-ignore format: one call
  return { ...data, examples: rows.map((row) => data.examples[row] as Dataset['examples'][number]) }
}

/** [train, dev] */
function splitOf({ train, dev, settings }: Job): [Dataset, Dataset] {
  return dev === undefined ? heldOut(train, defaultsWith(settings).seed) : [train, dev]
}

/** Of a million texts the ids alone are half as much memory as lists of numbers. */
function encodeExamples(dataset: Dataset, labels: readonly Label[], encode: (text: string) => EncodedText): EncodedExample[] {
  const names = labels.map(({ label }) => label)
  const right = rightForTraining(dataset, names, severalLabels(dataset))
  return dataset.examples.map(({ text, probabilities }, n) => {
    const { inputIds, truncated } = encode(text)
    const known = probabilities && { probabilities: Float32Array.from(names, (name) => probabilities[name] ?? 0) }
    return { inputIds: Int32Array.from(inputIds), truncated, right: right[n] as RightAnswer, ...known }
  })
}

function* cutTexts({ file }: Dataset, rows: readonly EncodedExample[]): Generator<TrainingEvent> {
  const cut = rows.filter(({ truncated }) => truncated).length
  if (cut > 0) yield { type: 'warning', message: `${cut} of ${rows.length} texts in ${file} were cut to fit --max-tokens` }
}

/** The loop's events, with a warning behind each evaluation in which every answer is the same. */
async function* warned(loop: AsyncGenerator<TrainingEvent, Learned>, labels: readonly Label[]): AsyncGenerator<TrainingEvent, Learned> {
  try {
    for (;;) {
      const { done, value } = await loop.next()
      if (done) return value
      yield value
      const only = value.type === 'evaluated' ? onlyAnswerOf(value.metrics, labels) : null
      if (value.type !== 'evaluated' || only === null) continue
      const message = `after step ${value.step} every answer on dev is ${only}: the prompt has learned nothing yet. If it stays so, try another --learning-rate or --method.`
      yield { type: 'warning', message }
    }
  } finally {
    await loop.return(null as never) // where nobody listens any more: it frees what it holds
  }
}

/** What every row of dev is answered, for people; null where answers differ. */
function onlyAnswerOf({ confusion, tallies }: Metrics, labels: readonly Label[]): string | null {
  if (confusion === null) return tallies.every(({ answered }) => answered === 0) ? 'without a label' : null
  const only = onlyAnswer(confusion)
  return only === null ? null : excerpt(JSON.stringify(labels[only]?.label))
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
