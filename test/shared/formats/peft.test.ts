import { spawnSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { batchInputs } from '../../../shared/engine/families/decoder.ts'
import { peftFiles, readAdapterConfig } from '../../../shared/formats/peft.ts'
import type { PromptMethod } from '../../../shared/formats/prompt-card.ts'
import { type PromptParameters, prefixFromPeft, promptTensor } from '../../../shared/formats/prompt-package.ts'
import { readSafetensors } from '../../../shared/formats/safetensors.ts'
import { float32, floatOutput, int64 } from '../../../shared/tensor.ts'
import { FrozenModel } from '../../../trainer/autodiff/frozen-model.ts'
import { verbalize } from '../../../trainer/data/labels.ts'
import { makePromptFiles, writePromptPackage } from '../../../trainer/disk/prompt-package.ts'
import { writeOnnx } from '../../../trainer/onnx/write.ts'
import { loadSession } from '../../../trainer/runtime.ts'
import { imported, temporaryFolder } from '../../fixtures/imported-model.ts'
import { checkpointOf, relativeError } from '../../fixtures/reference.ts'

/** A Python that has PEFT, where there is one. */
const python = process.env.SOFTPROMPT_PYTHON
const folder = temporaryFolder()
const P = 7

async function parametersFor(name: string, method: PromptMethod) {
  const model = await imported(checkpointOf(name), 'float32', join(folder, method))
  const { hidden, layers, keyValueHeads, headSize } = model.card.sizes
  const numbers = (length: number) => Float32Array.from({ length }, (_, i) => Math.sin(1 + 0.37 * i) / 2)
  const parameters: PromptParameters =
    method === 'prompt'
      ? { method, promptTable: float32([P, hidden], numbers(P * hidden)) }
      : { method, prefix: { length: P, keyValues: numbers(2 * layers * keyValueHeads * P * headSize) } }
  return { model, parameters }
}

const cases = [
  ['gqa-tied', 'prompt'],
  ['gqa-tied', 'prefix'],
  ['mha-untied', 'prompt'],
  ['mha-untied', 'prefix'],
] as const

test.each(cases)('the configuration for %s, method %s, says what PEFT’s own says', async (name, method) => {
  const { model, parameters } = await parametersFor(name, method)
  const ours = JSON.parse(new TextDecoder().decode(peftFiles(parameters, model.card)['adapter_config.json']))
  const theirs = JSON.parse(await readFile(`test/reference/peft/${name}-${method}/adapter_config.json`, 'utf8'))
  for (const [field, value] of Object.entries(ours))
    expect([field, value]).toEqual([field, field === 'num_virtual_tokens' ? P : theirs[field]])
  expect(readAdapterConfig(peftFiles(parameters, model.card)['adapter_config.json'], 'ours')).toEqual({
    method,
    virtualTokens: P,
    baseName: name,
  })
})

test.each(cases)('what PEFT saved for %s, method %s, comes out as it went in', async (name, method) => {
  const { model } = await parametersFor(name, method)
  const saved = await readFile(`test/reference/peft/${name}-${method}/adapter_model.safetensors`)
  const { shape, data } = readSafetensors(saved, 'PEFT').get(promptTensor)!
  const length = shape[0]!
  const parameters: PromptParameters =
    method === 'prompt' ? { method, promptTable: float32(shape, data) } : { method, prefix: prefixFromPeft(data, length, model.card.sizes) }
  const written = peftFiles(parameters, model.card)['adapter_model.safetensors']
  expect(readSafetensors(written, 'ours').get(promptTensor)).toEqual({ shape, data })
})

test.skipIf(python === undefined).each(cases)(
  'PEFT loads a package for %s, method %s, and answers with the same numbers',
  async (name, method) => {
    const { model, parameters } = await parametersFor(name, method)
    const { baseHash: hash, weights, graphVersion, sizes } = model.card
    const labels = verbalize(['spam', 'ham'], {}, model.encode)
    const card = {
      task: 'spam',
      method,
      virtualTokens: P,
      base: { hash, name, weights, graphVersion },
      labels,
      template: '{text}',
      maxTokens: 100,
      labelRows: 'fixed',
      temperature: 1,
      training: {},
      data: {},
      metrics: {},
      selfTest: [],
    } as const
    const out = join(folder, `${name}-${method}`)
    await writePromptPackage(
      out,
      await makePromptFiles({ ...card, labels, selfTest: [] }, parameters, model.outputRows(labels.map(({ token }) => token)), model.card),
    )

    const texts = [
      [0, 5, 9, 12, 33, 200],
      [0, 7],
    ]
    const args = ['test/reference/check_peft.py', out, '--model', checkpointOf(name), '--ids', ...texts.map((ids) => ids.join(','))]
    const { stdout, stderr, status } = spawnSync(python!, args, { encoding: 'utf8', env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' } })
    expect(status, stderr).toBe(0)
    const theirs = JSON.parse(stdout.trim().split('\n').at(-1)!)
    expect(theirs).toMatchObject({ virtualTokens: P, peftType: method === 'prompt' ? 'PROMPT_TUNING' : 'PREFIX_TUNING' })

    const frozen = new FrozenModel(model)
    const prefix = parameters.method === 'prefix' ? parameters.prefix : await frozen.compile(parameters.promptTable)
    const session = await loadSession(writeOnnx(model.graph), { directory: model.directory })
    const rows = texts.map((inputIds) => ({ inputIds, answer: inputIds.length - 1, prefix }))
    const outputs = await session.run({ ...batchInputs(rows, sizes), logit_rows: int64([2], BigInt64Array.of(0n, 1n)) }, [
      'hidden',
      'logits',
    ])
    expect(relativeError(floatOutput(outputs, 'hidden').data, theirs.hidden.flat())).toBeLessThan(1e-4)
    expect(relativeError(floatOutput(outputs, 'logits').data, theirs.logits.flat())).toBeLessThan(1e-4)
    await session.release()
    await frozen.release()
  },
)
