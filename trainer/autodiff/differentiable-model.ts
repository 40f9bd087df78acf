import { availableParallelism } from 'node:os'
import type { Family, ReadyPrompt, Row } from '../../shared/engine/families/family.ts'
import { gatherPrefix, spreadPrefixes } from '../../shared/engine/families/key-values.ts'
import { roundUp } from '../../shared/engine/families/padding.ts'
import type { FrozenModel } from '../../shared/engine/frozen-model.ts'
import type { Session } from '../../shared/engine/session.ts'
import { SoftPromptError } from '../../shared/error.ts'
import type { ModelSizes } from '../../shared/formats/model-card.ts'
import { promptValues, type StoredPrompt } from '../../shared/formats/peft.ts'
import { floatOutput, type Tensors } from '../../shared/tensor.ts'
import { openFrozen } from '../import/open-frozen.ts'
import type { OpenedModel } from '../import/open-model.ts'
import type { Graph } from '../onnx/graph.ts'
import { writeOnnx } from '../onnx/write.ts'
import { type OpenSession, openNodeSession } from '../runtime.ts'
import { type AddedLoss, gradientName, type LossGraph, promptTrainingGraph, textTrainingGraph } from './training-graph.ts'

/** A loss as it is put on the graph: `key` names what it adds, since a graph is built and loaded once for each. */
export interface Loss extends LossGraph {
  readonly key: string
}

/** What one backward pass over a batch gives. */
export interface Backward {
  /** In nats. */
  readonly loss: number
  /** d loss / d what went in with each text; null behind no prompt. */
  readonly fed: StoredPrompt | null
  /** d loss / d each of what the loss learns besides the prompt. */
  readonly learned: Readonly<Record<string, Float32Array>>
}

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

  private constructor(opened: OpenedModel, frozen: FrozenModel, threads: number, open: OpenSession) {
    this.opened = opened
    this.frozen = frozen
    this.threads = threads
    this.#open = open
  }

  static async open(
    opened: OpenedModel,
    { threads = availableParallelism() }: { threads?: number } = {},
    open: OpenSession = openNodeSession,
  ): Promise<DifferentiableModel> {
    return new DifferentiableModel(opened, await openFrozen(opened, { threads }, open), threads, open)
  }

  /** Loss and gradients of a batch whose rows all follow `prompt`. `feeds` is what the loss takes besides. Throws where the loss is not a number. */
  async backward(rows: readonly Row[], prompt: ReadyPrompt, loss: Loss, feeds: Tensors): Promise<Backward> {
    const { sizes } = this.opened.card
    const { family } = this.frozen
    const moved = fedTo(family, prompt.fed, sizes)
    const { session, added } = await this.#session(`text ${prompt.fed?.kind} ${loss.key}`, () =>
      textTrainingGraph(this.opened.graph, moved, loss),
    )
    const { loss: lossName, learned } = added as AddedLoss
    const wanted = [lossName, ...[...learned, ...moved].map(gradientName)]
    const outputs = await session.run({ ...family.feeds(rows, [prompt], sizes), ...feeds }, wanted)
    const value = floatOutput(outputs, lossName).data[0] as number
    if (!Number.isFinite(value)) throw new SoftPromptError('diverged', `The loss is ${value}.`)
    return {
      loss: value,
      fed: prompt.fed && gradientLike(prompt.fed, outputs, moved.map(gradientName), sizes),
      learned: Object.fromEntries(learned.map((name) => [name, floatOutput(outputs, gradientName(name)).data])),
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
    const outputs = await session.run({ ...compilation.feeds(stored.table, sizes), ...seeds }, [wanted])
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

/** The gradients `names` among `outputs`, shaped like what they are of. */
function gradientLike(fed: StoredPrompt, outputs: Tensors, names: readonly string[], sizes: ModelSizes): StoredPrompt {
  if (fed.kind === 'prefix') return { kind: 'prefix', prefix: gatherPrefix(outputs, names, fed.prefix.length, sizes) }
  return { kind: 'table', table: floatOutput(outputs, names[0] as string) }
}
