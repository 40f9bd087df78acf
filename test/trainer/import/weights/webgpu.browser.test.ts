import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { encoder } from '../../../../shared/engine/families/encoder.ts'
import type { ReadyPrompt, Row } from '../../../../shared/engine/families/family.ts'
import { prefixElements } from '../../../../shared/formats/prefix.ts'
import { float32, floatOutput, type Tensors } from '../../../../shared/tensor.ts'
import { describeInChromium, usePages } from '../../../fixtures/chromium.ts'
import { openGraph } from '../../../fixtures/graph-session.ts'
import { imported, temporaryFolder } from '../../../fixtures/imported-model.ts'
import { type PlacedNode, placedNodes } from '../../../fixtures/node-placement.ts'
import type { PlainTensors, RunOnWebGpu } from '../../../fixtures/pages/webgpu-session.ts'
import { gaussian } from '../../../fixtures/random-prompt.ts'
import { relativeError } from '../../../fixtures/reference.ts'
import { type ServedPage, servePage } from '../../../fixtures/served-page.ts'
import { writeSmallBert } from '../../../fixtures/small-bert.ts'

/** Past positions that WebGPU is fed where no prompt has any. */
const minPast = 1

describeInChromium('an encoder in a browser with WebGPU', () => {
  const folder = temporaryFolder()
  const checkpoint = join(folder, 'checkpoint')
  writeSmallBert(checkpoint)
  const openPage = usePages()
  let served: ServedPage
  beforeAll(async () => {
    served = await servePage(new URL('../../../fixtures/pages/webgpu-session.ts', import.meta.url), { models: folder })
  })
  afterAll(() => served.close())

  test.each(['q8', 'q4'] as const)('has all nodes of %s but shapes on the GPU, and answers as on Node', async (weights) => {
    const model = await imported(checkpoint, weights, folder)
    const { sizes } = model.card
    const random = gaussian(7)
    const numbers = (length: number) => Float32Array.from({ length }, random)
    const rows: Row[] = [[5, 9, 17, 4], [20, 33], [7, 8, 9, 10, 11, 12, 13]].map((inputIds) => ({ inputIds })) // biome-ignore format: a table
    const prompts: ReadyPrompt[] = [
      { fed: null, positionOffset: 0, readout: 'mean' },
      { fed: { kind: 'prefix', prefix: { length: 3, keyValues: numbers(prefixElements(3, sizes)) } }, positionOffset: 0, readout: 'first' },
      { fed: { kind: 'table', table: float32([4, sizes.hidden], numbers(4 * sizes.hidden)) }, positionOffset: 4, readout: 'mean' },
    ]
    const batches = [...prompts.map((prompt) => [prompt]), prompts].map((given) => encoder.feeds(rows, given, sizes, minPast))

    const page = await openPage(served.url)
    const lines: string[] = []
    page.on('console', (message) => lines.push(message.text()))
    const [, name] = model.directory.split(`${folder}/`)
    const got = await page.evaluate(([path, given]) => (globalThis as unknown as { run: RunOnWebGpu }).run(path, given), [
      `models/${name}`,
      batches.map(plain),
    ] as const)

    const placed = placedNodes(lines)
    const onCpu = placed.filter(({ provider }) => provider === 'CPUExecutionProvider')
    expect(placed.length - onCpu.length).toBeGreaterThan(50)
    // the lengths of past and text, by which the probabilities are split; and the ids, which come in int64
    expect(onCpu.map(({ op }) => op).sort()).toEqual(['Cast', 'Concat', 'Shape'])
    expect(copies(placed)).toEqual(['MemcpyFromHost']) // of the ids, which have to go there

    const node = await openGraph(model.graph, { directory: model.directory })
    for (const [i, feeds] of batches.entries())
      expect(relativeError(got[i]!, floatOutput(await node.run(feeds), 'hidden').data)).toBeLessThan(1e-3)
    await node.release()
  })
})

function copies(placed: readonly PlacedNode[]): string[] {
  return placed.flatMap(({ op }) => (op.startsWith('Memcpy') ? [op] : []))
}

function plain(feeds: Tensors): PlainTensors {
  return Object.fromEntries(
    Object.entries(feeds).map(([name, { type, dims, data }]) => [
      name,
      { type, dims, data: Array.from<number | bigint, number>(data, Number) },
    ]),
  )
}
