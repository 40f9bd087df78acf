import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { floatOutput, type Tensors } from '../../../shared/tensor.ts'
import { addGradients } from '../../../trainer/autodiff/gradient.ts'
import { stackFeeds } from '../../../trainer/autodiff/mixed-batches.ts'
import { GraphBuilder } from '../../../trainer/onnx/builder.ts'
import { seededRandom } from '../../../trainer/random.ts'
import { classification } from '../../../trainer/train/objectives/classification.ts'
import { headValues } from '../../../trainer/train/objectives/label-head.ts'
import { openGraph } from '../../fixtures/graph-session.ts'
import { imported, temporaryFolder } from '../../fixtures/imported-model.ts'
import { behind, feedsOf } from '../../fixtures/model-session.ts'
import { checkpointOf, readReference } from '../../fixtures/reference.ts'
import { stepOf } from '../../fixtures/step.ts'

const folder = temporaryFolder()

/** One weight of each kind, those that several paths lead through and those of the last layer, computed at the answers alone. */
const weights: Record<string, string[]> = {
  'gqa-tied': [
    'model.norm.weight',
    'model.layers.0.input_layernorm.weight',
    'model.layers.0.self_attn.q_proj.weight',
    'model.layers.1.self_attn.k_proj.weight',
    'model.layers.0.mlp.gate_proj.weight',
  ],
  'mha-untied': [
    'model.embed_tokens.weight',
    'model.layers.2.self_attn.o_proj.weight',
    'model.layers.0.self_attn.v_proj.weight',
    'model.layers.1.mlp.down_proj.weight',
    'model.layers.1.mlp.up_proj.weight',
  ],
}

describe.each(Object.entries(weights))('%s', async (name, wanted) => {
  const model = await imported(checkpointOf(name), 'float32', folder)
  const reference = readReference(name)
  const { sizes } = model.card
  const head = headValues({ labelRows: model.outputRows(reference.integers('label_token_ids')), bias: new Float32Array(3) })
  const { rows } = stepOf(reference.rows.map((inputIds, b) => ({ inputIds, right: reference.integers('labels')[b]! })), behind(null), head) // biome-ignore format: one thought
  const feeds: Tensors = {
    ...feedsOf(reference.rows, reference.prefix('past', sizes), model),
    ...stackFeeds(rows),
  }

  const b = GraphBuilder.from(model.graph, { N: 1, K: 1 })
  const { losses } = classification.loss({ zLoss: 0 }).add(b, 'hidden')
  const gradients = addGradients(b, new Map([[losses, b.floats([1, 1, 1].map((one) => one / 3))]]), wanted)
  b.output(losses)
  for (const [weight, gradient] of gradients) b.output(b.add('Identity', [gradient], { name: `gradient.${weight}` }))
  const graph = b.build()

  /** Runs the graph on a copy of the weights in which one is moved by `step` times `direction`. */
  async function run(moved?: { weight: string; direction: Float32Array; step: number }): Promise<Tensors> {
    const directory = join(folder, `${name}-moved`)
    cpSync(model.directory, directory, { recursive: true })
    if (moved !== undefined) {
      const { at } = model.graph.initializers.get(moved.weight)!
      if ('data' in at) throw new Error(`${moved.weight} is not in the external data`)
      const bytes = readFileSync(join(directory, at.file))
      for (const [i, value] of moved.direction.entries()) {
        const place = at.offset + 4 * i
        bytes.writeFloatLE(bytes.readFloatLE(place) + moved.step * value, place)
      }
      writeFileSync(join(directory, at.file), bytes)
    }
    const session = await openGraph(graph, { directory, threads: 1 })
    const outputs = await session.run(feeds)
    await session.release()
    return outputs
  }

  test.each(wanted)('the gradient of %s is that of finite differences along a random direction', async (weight) => {
    const { data, dims } = floatOutput(await run(), `gradient.${weight}`)
    expect(dims).toEqual(model.graph.initializers.get(weight)!.shape)
    const random = seededRandom(31)
    const typical = Math.hypot(...data) / Math.sqrt(data.length)
    const direction = data.map((value) => value + (random() - 0.5) * typical)
    const scale = 1 / Math.hypot(...direction)
    const unit = direction.map((value) => value * scale)
    const along = data.reduce((sum, value, i) => sum + value * unit[i]!, 0)
    const at = async (step: number) =>
      floatOutput(await run({ weight, direction: unit, step }), 'losses').data.reduce((sum, loss) => sum + loss / 3, 0)
    const step = 1 / 64
    const measured = (8 * ((await at(step)) - (await at(-step))) - ((await at(2 * step)) - (await at(-2 * step)))) / (12 * step)
    expect(Math.abs(along)).toBeGreaterThan(1e-2)
    expect(Math.abs(measured - along) / Math.abs(along)).toBeLessThan(2e-3)
  })
})
