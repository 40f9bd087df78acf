import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { importModel } from '../../trainer/import/import-model.ts'
import { describeInChromium } from '../fixtures/chromium.ts'
import { temporaryFolder } from '../fixtures/imported-model.ts'
import { closePage, useServicePages } from '../fixtures/pages.ts'
import { twoLabels } from '../fixtures/random-prompt.ts'
import { writeSmallBert } from '../fixtures/small-bert.ts'

describeInChromium('softprompt/browser on WebGPU', () => {
  const { classify, dispose, load, openPage, publish, runtimeOf } = useServicePages()
  const folder = temporaryFolder()
  const [checkpoint, float32, q8] = [join(folder, 'checkpoint'), join(folder, 'float32'), join(folder, 'q8')]

  beforeAll(async () => {
    writeSmallBert(checkpoint)
    await importModel(checkpoint, { out: float32, weights: 'float32' })
    await importModel(checkpoint, { out: q8, weights: 'q8' })
  })

  test.each([
    ['that lets WebAssembly wait for promises', 'softprompt', 'ort.jspi.min.mjs'],
    ['that does not', 'without-jspi', 'ort.webgpu.min.mjs'],
  ])('on WebGPU, in a browser %s, a model answers as on WebAssembly', { timeout: 300_000 }, async (_, folder, build) => {
    const runtime = runtimeOf(folder)
    const labels = twoLabels.map((label, index) => ({ ...label, token: index })) // its vocabulary is small
    const page = await openPage()
    const asked: string[] = []
    page.context().on('request', (request) => void asked.push(new URL(request.url()).pathname))
    const words = ['the cat sat', 'a dog', 'no']
    const kinds = [
      ['prefix', 4],
      ['table', 4],
      ['prefix', 0],
    ] as const
    for (const [kind, virtualTokens] of kinds) {
      const task = `${kind}-${virtualTokens}`
      await publish({ task, seed: 5, card: { kind, virtualTokens, maxTokens: 32, labels } }, float32, { q8 })
      // a graphics card that is only imitated is slower than WebAssembly
      expect(await load(page, task, { device: 'auto', runtime })).toMatchObject({ device: 'wasm', weights: 'float32', warnings: [] })
      const expected = await classify(page, task, words)
      await dispose(page, task)
      const onGpu = { device: 'webgpu', weights: 'q8', warnings: [expect.stringContaining('this model has q8')] }
      expect(await load(page, task, { device: 'webgpu', runtime }), task).toMatchObject(onGpu)
      for (const [index, { probability, label }] of (await classify(page, task, words)).entries()) {
        expect(label, task).toBe(expected[index]?.label)
        expect(Math.abs(probability - (expected[index]?.probability as number)), task).toBeLessThan(0.02)
      }
      await dispose(page, task)
    }
    expect(asked.filter((path) => path.endsWith('.min.mjs')).map((path) => path.slice(path.lastIndexOf('/') + 1))).toEqual(
      expect.arrayContaining(['ort.wasm.min.mjs', build]),
    )
    await closePage(page)
  })
})
