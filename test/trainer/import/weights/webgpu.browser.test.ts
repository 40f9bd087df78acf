import { basename, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { encoder } from '../../../../shared/engine/families/encoder.ts'
import type { ReadyPrompt, Row } from '../../../../shared/engine/families/family.ts'
import { gpuDecoder } from '../../../../shared/engine/families/gpu-decoder.ts'
import { presentNames } from '../../../../shared/engine/families/key-values.ts'
import { prefixElements } from '../../../../shared/formats/prefix.ts'
import { float32, floatOutput, type Tensors } from '../../../../shared/tensor.ts'
import type { OpenedModel } from '../../../../trainer/import/open-model.ts'
import { describeInChromium, usePages } from '../../../fixtures/chromium.ts'
import { openGraph } from '../../../fixtures/graph-session.ts'
import { imported, temporaryFolder } from '../../../fixtures/imported-model.ts'
import { behind } from '../../../fixtures/model-session.ts'
import { type PlacedNode, placedNodes } from '../../../fixtures/node-placement.ts'
import type { PlainTensors, RunOnWebGpu } from '../../../fixtures/pages/webgpu-session.ts'
import { gaussian } from '../../../fixtures/random-prompt.ts'
import { relativeError } from '../../../fixtures/reference.ts'
import { type ServedPage, servePage } from '../../../fixtures/served-page.ts'
import { writeSmallBert } from '../../../fixtures/small-bert.ts'
import { writeSmallLlama } from '../../../fixtures/small-llama.ts'

/** Past positions that WebGPU is fed where no prompt has any. */
const minPast = 1

describeInChromium('in a browser with WebGPU', () => {
  const folder = temporaryFolder()
  const openPage = usePages()
  let served: ServedPage
  beforeAll(async () => {
    writeSmallBert(join(folder, 'bert'))
    writeSmallLlama(join(folder, 'llama'))
    served = await servePage(new URL('../../../fixtures/pages/webgpu-session.ts', import.meta.url), { models: folder })
  })
  afterAll(() => served.close())

  /** Runs a model on WebGPU and on Node, holds one against the other, and says where ONNX Runtime put the nodes there. */
  async function ran({ directory, graph }: OpenedModel, runs: readonly { feeds: Tensors; wanted: string }[]): Promise<PlacedNode[]> {
    const page = await openPage(served.url)
    const lines: string[] = []
    page.on('console', (message) => lines.push(message.text()))
    const asked = runs.map(({ feeds, wanted }) => ({ feeds: plain(feeds), wanted }))
    const got = await page.evaluate(([path, given]) => (globalThis as unknown as { run: RunOnWebGpu }).run(path, given), [
      `models/${basename(directory)}`,
      asked,
    ] as const)
    await page.close()
    const node = await openGraph(graph, { directory })
    for (const [i, { feeds, wanted }] of runs.entries())
      expect(relativeError(got[i]!, floatOutput(await node.run(feeds), wanted).data), `${wanted} of run ${i}`).toBeLessThan(1e-3)
    await node.release()
    return placedNodes(lines)
  }

  function expectOnGpu(placed: readonly PlacedNode[]): void {
    const onCpu = placed.filter(({ provider }) => provider === 'CPUExecutionProvider')
    expect(placed.length - onCpu.length).toBeGreaterThan(50)
    // the lengths of past and text, by which the probabilities are split; and the ids, which come in int64
    expect(onCpu.map(({ op }) => op).sort()).toEqual(['Cast', 'Concat', 'Shape'])
    expect(placed.flatMap(({ op }) => (op.startsWith('Memcpy') ? [op] : []))).toEqual(['MemcpyFromHost']) // of the ids, which have to go there
  }

  const random = gaussian(7)
  const numbers = (length: number) => Float32Array.from({ length }, random)
  const rows: Row[] = [[5, 9, 17, 4], [20, 33], [7, 8, 9, 10, 11, 12, 13]].map((inputIds) => ({ inputIds })) // biome-ignore format: a table

  test.each(['q8', 'q4'] as const)('an encoder has all nodes of %s but shapes on the GPU, and answers as on Node', async (weights) => {
    const model = await imported(join(folder, 'bert'), weights, folder)
    const { sizes } = model.card
    const prompts: ReadyPrompt[] = [
      { fed: null, positionOffset: 0, readout: 'mean' },
      { fed: { kind: 'prefix', prefix: { length: 3, keyValues: numbers(prefixElements(3, sizes)) } }, positionOffset: 0, readout: 'first' },
      { fed: { kind: 'table', table: float32([4, sizes.hidden], numbers(4 * sizes.hidden)) }, positionOffset: 4, readout: 'mean' },
    ]
    const batches = [...prompts.map((prompt) => [prompt]), prompts]
    expectOnGpu(await ran(model, batches.map((given) => ({ feeds: encoder.feeds(rows, given, sizes, minPast), wanted: 'hidden' })))) // biome-ignore format: one thought
  })

  test.each(['q8', 'q4'] as const)('so has a decoder of %s, which compiles a table there too', async (weights) => {
    const model = await imported(join(folder, 'llama'), weights, folder)
    const { sizes } = model.card
    const prefix = behind({ length: 5, keyValues: numbers(prefixElements(5, sizes)) })
    const table = float32([4, sizes.hidden], numbers(4 * sizes.hidden))
    const runs = [
      ...[[behind(null)], [prefix], [prefix, behind(null), prefix]].map((given) => ({ feeds: gpuDecoder.feeds(rows, given, sizes, minPast), wanted: 'hidden' })), // biome-ignore format: one thought
      ...presentNames(sizes).map((wanted) => ({ feeds: gpuDecoder.compilation.feeds(table, sizes, minPast), wanted })),
    ]
    expectOnGpu(await ran(model, runs))
  })
})

function plain(feeds: Tensors): PlainTensors {
  return Object.fromEntries(
    Object.entries(feeds).map(([name, { type, dims, data }]) => [
      name,
      { type, dims, data: Array.from<number | bigint, number>(data, Number) },
    ]),
  )
}
