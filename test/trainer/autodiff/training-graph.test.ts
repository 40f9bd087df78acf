import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { decoder } from '../../../shared/engine/families/decoder.ts'
import { gatherPrefix, pastNames, presentNames, spreadPrefixes } from '../../../shared/engine/families/key-values.ts'
import { roundUp } from '../../../shared/engine/families/padding.ts'
import { type Prefix, prefixElements } from '../../../shared/formats/prefix.ts'
import { float32, floatOutput, type Tensors } from '../../../shared/tensor.ts'
import { stackFeeds } from '../../../trainer/autodiff/mixed-batches.ts'
import {
  gradientName,
  type LossGraph,
  lossWeights,
  promptTrainingGraph,
  textTrainingGraph,
} from '../../../trainer/autodiff/training-graph.ts'
import { type OpenedModel, openModel } from '../../../trainer/import/open-model.ts'
import { GraphBuilder } from '../../../trainer/onnx/builder.ts'
import { seededRandom } from '../../../trainer/random.ts'
import { classification } from '../../../trainer/train/objectives/classification.ts'
import { headValues } from '../../../trainer/train/objectives/label-head.ts'
import { type GraphSession, openGraph } from '../../fixtures/graph-session.ts'
import { imported, temporaryFolder } from '../../fixtures/imported-model.ts'
import { behind, compilationFeeds, compile, useSessions } from '../../fixtures/model-session.ts'
import { checkpointOf } from '../../fixtures/reference.ts'
import { writeSmallModel } from '../../fixtures/small-model.ts'
import { stepOf } from '../../fixtures/step.ts'

const sessionOf = useSessions()
const folder = temporaryFolder()
const sessions: GraphSession[] = []
afterAll(() => Promise.all(sessions.map((session) => session.release())))
const open = async (...given: Parameters<typeof openGraph>) => {
  const session = await openGraph(...given)
  sessions.push(session)
  return session
}

/** One head of keys and values for all. */
async function sharing(): Promise<OpenedModel> {
  const directory = join(folder, 'sharing')
  await writeSmallModel(directory, { weights: 'float32' })
  return openModel(directory)
}

const { compilation } = decoder

/** The sum of arrays, number by number. */
const summed = (arrays: Float32Array[]) => arrays.reduce((a, b) => a.map((value, i) => value + b[i]!))
const losing = { labelSmoothing: 0.1, zLoss: 0.01 }
const loss = classification.loss(losing)
const P = 5
const weights = Float32Array.of(0.25, 0.5, 2)

describe.each<[string, () => Promise<OpenedModel>]>([
  ['queries in groups', () => imported(checkpointOf('gqa-tied'), 'float32', folder)],
  ['no groups', () => imported(checkpointOf('mha-untied'), 'float32', folder)],
  ['all queries in one group', sharing],
])('a model with %s', async (_, opened) => {
  const model = await opened()
  const { sizes } = model.card
  const { hidden: H, vocabulary: V } = sizes
  const random = seededRandom(3)
  const numbers = (length: number, scale = 1) => Float32Array.from({ length }, () => scale * (2 * random() - 1))
  const batch = [3, 1, 7].map((length, b) => ({ inputIds: Array.from({ length }, () => Math.floor(random() * V)), right: b % 2 }))
  const head = headValues({ labelRows: numbers(2 * H), bias: numbers(2) })
  const prefix: Prefix = { length: P, keyValues: numbers(prefixElements(P, sizes)) }
  const { graph, added } = textTrainingGraph(model.graph, pastNames(sizes), loss)
  const feeds = (at: Prefix, learned = head): Tensors => ({
    ...decoder.feeds(
      batch,
      batch.map(() => behind(at)),
      sizes,
    ),
    ...stackFeeds(stepOf(batch, behind(null), learned, losing).rows),
    [lossWeights]: float32([3], weights),
  })

  test('gives the losses, and the gradient of all that the prompt reaches a text through and of what is learned besides', () => {
    expect(added).toEqual({ losses: 'losses', learned: ['label_rows', 'bias'] })
    expect([...graph.outputs].sort()).toEqual(['losses', ...[...pastNames(sizes), 'label_rows', 'bias'].map(gradientName)].sort())
    expect(graph.inputs).toEqual([...model.graph.inputs, 'label_rows', 'bias', 'known', 'targets', lossWeights])
    for (const [name, initializer] of model.graph.initializers) expect(graph.initializers.get(name)).toBe(initializer) // constants, so they can't move
  })

  test('has the gradients that finite differences find along a random direction', async () => {
    const session = await open(graph, { directory: model.directory, threads: 1 })
    const loss = async (at: Prefix, learned = head) =>
      floatOutput(await session.run(feeds(at, learned)), 'losses').data.reduce((sum, loss, b) => sum + weights[b]! * loss, 0)
    const outputs = await session.run(feeds(prefix))
    const names = pastNames(sizes).map(gradientName)
    const gradients = summed(batch.map((_, b) => gatherPrefix(outputs, names, P, sizes, b).keyValues))
    const rows = floatOutput(outputs, gradientName('label_rows'))
    expect(rows.dims).toEqual([3, 16, H])
    const ofRows = summed(batch.map((_, b) => rows.data.slice(b * 16 * H, (b * 16 + 2) * H)))

    const moved = (data: Float32Array, direction: Float32Array, step: number) => data.map((value, i) => value + step * direction[i]!)
    await expectSlope(gradients, (direction, step) => loss({ ...prefix, keyValues: moved(prefix.keyValues, direction, step) }))
    await expectSlope(ofRows, (direction, step) =>
      loss(prefix, { ...head, label_rows: { ...head.label_rows, data: moved(head.label_rows.data, direction, step) } }),
    )
  })

  test('pulls the gradient of a prefix back to the table that it was compiled from', async () => {
    const backward = promptTrainingGraph(model.graph, sizes, compilation)
    expect(backward.outputs).toEqual([gradientName('prompt_table')])
    expect(backward.inputs).toEqual([...model.graph.inputs, ...presentNames(sizes).map(gradientName)])
    const [session, forward] = [await open(backward, { directory: model.directory, threads: 1 }), await sessionOf(model)]
    const table = float32([P, H], numbers(P * H))
    const gradient: Prefix = { length: P, keyValues: numbers(prefixElements(P, sizes)) }
    const seeds = spreadPrefixes([gradient], presentNames(sizes).map(gradientName), roundUp(P), sizes)
    const pulled = floatOutput(await session.run({ ...compilationFeeds(table, model), ...seeds }), gradientName('prompt_table'))
    expect(pulled.dims).toEqual([P, H])
    await expectSlope(pulled.data, async (direction, step) => {
      const at = float32([P, H], table.data.map((value, i) => value + step * direction[i]!)) // biome-ignore format: one thought
      const { keyValues } = await compile(forward, at, model)
      return keyValues.reduce((sum, value, i) => sum + value * gradient.keyValues[i]!, 0)
    })
  })

  /** Holds a gradient's slope along a random direction against central differences of fourth order. */
  async function expectSlope(gradient: Float32Array, at: (direction: Float32Array, step: number) => Promise<number>) {
    const typical = Math.hypot(...gradient) / Math.sqrt(gradient.length)
    const mixed = gradient.map((value) => value + typical * (2 * random() - 1))
    const direction = mixed.map((value) => value / Math.hypot(...mixed))
    const slope = gradient.reduce((sum, value, i) => sum + value * direction[i]!, 0)
    const step = 1 / 64
    const [far, near] = [
      (await at(direction, 2 * step)) - (await at(direction, -2 * step)),
      (await at(direction, step)) - (await at(direction, -step)),
    ]
    expect(Math.abs(slope)).toBeGreaterThan(1e-3)
    expect(Math.abs((8 * near - far) / (12 * step) - slope) / Math.abs(slope)).toBeLessThan(5e-3)
  }
})

test('a loss brings its own inputs, and is asked for no others’ gradients', async () => {
  const model = await imported(checkpointOf('gqa-tied'), 'float32', folder)
  /** The sum of a row's hidden numbers times a factor. */
  const sum: LossGraph = {
    answers: 1,
    add(b, hidden) {
      const factor = b.input('factor', 'float32', ['B'])
      const total = b.add('Squeeze', [b.sum(hidden, [1, 2]), b.integers([1, 2])])
      return { losses: b.add('Mul', [total, factor], { name: 'sums' }), learned: ['factor'] }
    },
  }
  const { graph, added } = textTrainingGraph(model.graph, pastNames(model.card.sizes), sum)
  expect(added).toEqual({ losses: 'sums', learned: ['factor'] })
  expect(graph.outputs).toContain(gradientName('factor'))
  const session = await open(graph, { directory: model.directory, threads: 1 })
  const fed = decoder.feeds([{ inputIds: [1, 2] }], [behind(null)], model.card.sizes)
  const outputs = await session.run({ ...fed, factor: float32([1], Float32Array.of(2)), [lossWeights]: float32([1], Float32Array.of(3)) })
  expect(floatOutput(outputs, gradientName('factor')).data[0]).toBeCloseTo((3 * floatOutput(outputs, 'sums').data[0]!) / 2, 4)
})

test('a model’s own graph is left as it was', async () => {
  const model = await imported(checkpointOf('gqa-tied'), 'float32', folder)
  const before = structuredClone(GraphBuilder.from(model.graph).build())
  textTrainingGraph(model.graph, pastNames(model.card.sizes), loss)
  promptTrainingGraph(model.graph, model.card.sizes, compilation)
  expect(GraphBuilder.from(model.graph).build()).toEqual(before)
})
