import { availableParallelism } from 'node:os'
import {
  batchInputs,
  gatherPrefix,
  type Prefix,
  pastNames,
  prefixFromOutputs,
  prefixInputs,
  presentNames,
  type Row,
  roundUp,
  spreadPrefixes,
} from '../../shared/engine/families/decoder.ts'
import { SoftPromptError } from '../../shared/error.ts'
import { type FloatTensor, floatOutput, int64 } from '../../shared/tensor.ts'
import type { ModelPackage } from '../disk/model-package.ts'
import { writeOnnx } from '../onnx/write.ts'
import { loadSession, type Session, type SessionOptions } from '../runtime.ts'
import type { ObjectiveOptions } from '../train/objectives/classification.ts'
import { gradientName, promptTrainingGraph, textTrainingGraph } from './training-graph.ts'

export interface LabelledRow extends Row {
  /** The index of the row's label. */
  readonly label: number
}

/** What one backward pass over a batch gives. */
export interface Backward {
  /** The mean over the batch, in nats. */
  readonly loss: number
  /** [B, C] */
  readonly scores: Float32Array
  /** d loss / d prefix, like `Prefix.keyValues`. */
  readonly prefixGradient: Prefix
  /** d loss / d label rows, [C, H]. */
  readonly labelRowsGradient: Float32Array
}

/** The frozen model as training and evaluation use it. Sessions are made when first needed; the weights never change. */
export class FrozenModel {
  readonly #model: ModelPackage
  /** Threads of ONNX Runtime. */
  readonly threads: number
  readonly #load: typeof loadSession
  readonly #sessions = new Map<string, Promise<Session>>()

  /** `load` opens the sessions: another door to ONNX Runtime than the trainer's own. */
  constructor(model: ModelPackage, options: Pick<SessionOptions, 'threads'> = {}, load = loadSession) {
    this.#model = model
    this.threads = options.threads ?? availableParallelism()
    this.#load = load
  }

  get package(): ModelPackage {
    return this.#model
  }

  /** The prefix of a prompt: the keys and values that the model makes of `promptTable` [P, H]. */
  async compile(promptTable: FloatTensor): Promise<Prefix> {
    const { sizes } = this.#model.card
    const session = await this.#session('forward', () => this.#model.graph)
    const outputs = await session.run(prefixInputs(promptTable, sizes), presentNames(sizes))
    return prefixFromOutputs(outputs, promptTable.dims[0] as number, sizes)
  }

  /** The answers of a batch, after the final norm: [B, H]. */
  async hidden(rows: readonly Row[]): Promise<Float32Array> {
    const session = await this.#session('forward', () => this.#model.graph)
    return floatOutput(await session.run(batchInputs(rows, this.#model.card.sizes), ['hidden']), 'hidden').data
  }

  /** Loss and gradients of a batch whose rows all follow one prefix. `labelRows` [C, H]. Throws where the loss is not a number. */
  async backward(rows: readonly LabelledRow[], labelRows: FloatTensor, { labelSmoothing, zLoss }: ObjectiveOptions): Promise<Backward> {
    const { sizes } = this.#model.card
    const session = await this.#session(`text ${labelSmoothing} ${zLoss}`, () =>
      textTrainingGraph(this.#model.graph, sizes, { labelSmoothing, zLoss }),
    )
    const labels = int64(
      [rows.length],
      BigInt64Array.from(rows, ({ label }) => BigInt(label)),
    )
    const gradients = pastNames(sizes).map(gradientName)
    const rowsGradient = gradientName('label_rows')
    const outputs = await session.run({ ...batchInputs(rows, sizes), label_rows: labelRows, labels }, [
      'loss',
      'scores',
      rowsGradient,
      ...gradients,
    ])
    const loss = floatOutput(outputs, 'loss').data[0] as number
    if (!Number.isFinite(loss)) throw new SoftPromptError('diverged', `The loss is ${loss}.`)
    return {
      loss,
      scores: floatOutput(outputs, 'scores').data,
      prefixGradient: gatherPrefix(outputs, gradients, rows[0]?.prefix?.length ?? 0, sizes),
      labelRowsGradient: floatOutput(outputs, rowsGradient).data,
    }
  }

  /** d loss / d prompt table [P, H], from the gradient of the prefix that `compile` made of it. */
  async pullback(promptTable: FloatTensor, prefixGradient: Prefix): Promise<Float32Array> {
    const { sizes } = this.#model.card
    const session = await this.#session('prompt', () => promptTrainingGraph(this.#model.graph, sizes))
    const seeds = spreadPrefixes([prefixGradient], presentNames(sizes).map(gradientName), roundUp(prefixGradient.length), sizes)
    const outputs = await session.run({ ...prefixInputs(promptTable, sizes), ...seeds })
    return floatOutput(outputs, gradientName('prompt_table')).data
  }

  async release(): Promise<void> {
    for (const session of this.#sessions.values()) await (await session).release()
    this.#sessions.clear()
  }

  #session(name: string, graph: () => ModelPackage['graph']): Promise<Session> {
    let session = this.#sessions.get(name)
    if (session === undefined) {
      session = this.#load(writeOnnx(graph()), { threads: this.threads, directory: this.#model.directory })
      this.#sessions.set(name, session)
    }
    return session
  }
}
