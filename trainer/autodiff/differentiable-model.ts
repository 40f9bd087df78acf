import { availableParallelism } from 'node:os'
import type { Family } from '../../shared/engine/families/family.ts'
import { spreadPrefixes } from '../../shared/engine/families/key-values.ts'
import { roundUp } from '../../shared/engine/families/padding.ts'
import type { FrozenModel } from '../../shared/engine/frozen-model.ts'
import type { Session } from '../../shared/engine/session.ts'
import type { ModelSizes } from '../../shared/formats/model-card.ts'
import { promptValues, type StoredPrompt } from '../../shared/formats/peft.ts'
import { float32, floatOutput } from '../../shared/tensor.ts'
import { openFrozen } from '../import/open-frozen.ts'
import type { OpenedModel } from '../import/open-model.ts'
import type { Graph } from '../onnx/graph.ts'
import { writeOnnx } from '../onnx/write.ts'
import { type OpenSession, openSideBySide } from '../runtime.ts'
import { type BatchRow, graphKey, stackFeeds } from './mixed-batches.ts'
import type { Backward, Step } from './step.ts'
import { type AskedStep, StepQueue } from './step-queue.ts'
import { type AddedLoss, gradientName, lossWeights, promptTrainingGraph, textTrainingGraph } from './training-graph.ts'

/** A training graph in ONNX Runtime, and the loss on it; null on a graph that only pulls gradients back. */
interface TrainingSession {
  readonly session: Session
  readonly added: AddedLoss | null
}

/** A frozen model with the gradients of what goes in. Sessions are made when first needed; the weights never change. */
export class DifferentiableModel {
  readonly opened: OpenedModel
  readonly frozen: FrozenModel
  /** Threads of ONNX Runtime. */
  readonly threads: number
  readonly #open: OpenSession
  readonly #sessions = new Map<string, Promise<TrainingSession>>()
  readonly #steps: StepQueue

  private constructor(opened: OpenedModel, frozen: FrozenModel, threads: number, open: OpenSession) {
    this.opened = opened
    this.frozen = frozen
    this.threads = threads
    this.#open = open
    this.#steps = new StepQueue(frozen.sideBySide, (batch) => this.#compute(batch))
  }

  static async open(
    opened: OpenedModel,
    { threads = availableParallelism() }: { threads?: number } = {},
    open: OpenSession = openSideBySide,
  ): Promise<DifferentiableModel> {
    return new DifferentiableModel(opened, await openFrozen(opened, { threads }, open), threads, open)
  }

  /**
   * Loss and gradients of a step. Steps that are asked for at the same time are computed in batches that mix their rows, each to the very
   * numbers that it has alone. Throws `diverged` where the loss is not a number.
   */
  backward(step: Step): Promise<Backward> {
    return this.#steps.ask(step)
  }

  /** Computes a batch, and gives what adds each row's part to its step's sum. */
  async #compute(batch: readonly BatchRow<AskedStep>[]): Promise<() => void> {
    const { step } = batch[0] as BatchRow<AskedStep>
    const { sizes } = this.opened.card
    const { family } = this.frozen
    const moved = fedTo(family, step.prompt.fed, sizes)
    const { session, added } = await this.#session(`text ${graphKey(step)}`, () => textTrainingGraph(this.opened.graph, moved, step.loss))
    const { losses, learned } = added as AddedLoss
    const rows = batch.map(({ row }) => row)
    const prompts = batch.map(({ step }) => step.prompt)
    const weights = float32(
      [rows.length],
      Float32Array.from(rows, ({ weight }) => weight),
    )
    const feeds = { ...family.feeds(rows, prompts, sizes), ...stackFeeds(rows), [lossWeights]: weights }
    const outputs = await session.run(feeds, [losses, ...[...learned, ...moved].map(gradientName)])
    return () => {
      let place = 0 // of the next prompt's virtual tokens in the table
      batch.forEach(({ row, step: { prompt, sum } }, b) => {
        sum.add(row, b, outputs, { losses, learned, moved, place, sizes })
        if (prompt.fed?.kind === 'table') place += prompt.fed.table.dims[0] as number
      })
    }
  }

  /** d loss / d what is stored, in the order of its numbers, from the gradient of what it became: through the compilation where there is one. */
  async pullback(stored: StoredPrompt, gradient: StoredPrompt): Promise<Float32Array> {
    if (stored.kind === gradient.kind) return promptValues(gradient)
    if (stored.kind !== 'table' || gradient.kind !== 'prefix') throw new Error(`a ${stored.kind} never becomes a ${gradient.kind}`)
    const { sizes } = this.opened.card
    const { compilation } = this.frozen.family
    const { session } = await this.#session('prompt', () => ({
      graph: promptTrainingGraph(this.opened.graph, sizes, compilation),
      added: null,
    }))
    const seeds = spreadPrefixes([gradient.prefix], compilation.outputs(sizes).map(gradientName), roundUp(gradient.prefix.length), sizes)
    const wanted = gradientName('prompt_table')
    const table = { ...stored.table, data: stored.table.data.slice() } // a session keeps what it is fed
    const outputs = await session.run({ ...compilation.feeds(table, sizes), ...seeds }, [wanted])
    return floatOutput(outputs, wanted).data
  }

  async close(): Promise<void> {
    for (const opening of this.#sessions.values()) await (await opening).session.release()
    this.#sessions.clear()
    await this.frozen.close()
  }

  /** The session named `key`, made once. One that could not be opened is forgotten, so that the next call tries again. */
  #session(key: string, make: () => { graph: Graph; added: AddedLoss | null }): Promise<TrainingSession> {
    const known = this.#sessions.get(key)
    if (known !== undefined) return known
    const opening = this.#load(make).catch((error) => {
      this.#sessions.delete(key)
      throw error
    })
    this.#sessions.set(key, opening)
    return opening
  }

  async #load(make: () => { graph: Graph; added: AddedLoss | null }): Promise<TrainingSession> {
    const { graph, added } = make()
    const session = await this.#open(writeOnnx(graph), { threads: this.threads, directory: this.opened.directory })
    return { session, added }
  }
}

/** The graph's inputs through which a prompt comes to the texts; none without a prompt. */
function fedTo(family: Family, fed: StoredPrompt | null, sizes: ModelSizes): readonly string[] {
  if (fed === null) return []
  const kind = family.kinds[fed.kind]
  if (kind === 'compiled') throw new Error(`a ${fed.kind} was fed without being compiled`)
  return kind.fedTo(sizes)
}
