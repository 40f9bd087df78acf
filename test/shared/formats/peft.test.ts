import { spawnSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { prefixOf } from '../../../shared/engine/families/key-values.ts'
import { peftFiles, prefixFromPeft, promptTensor, readAdapterConfig, type StoredPrompt } from '../../../shared/formats/peft.ts'
import type { PromptKind } from '../../../shared/formats/prompt-card.ts'
import { sealPromptPackage } from '../../../shared/formats/prompt-package.ts'
import { readSafetensors } from '../../../shared/formats/safetensors.ts'
import { float32, floatOutput, int64 } from '../../../shared/tensor.ts'
import { verbalize } from '../../../trainer/data/labels.ts'
import { writePromptFolder } from '../../../trainer/disk/prompt-folder.ts'
import { openFrozen } from '../../../trainer/import/open-frozen.ts'
import { imported, temporaryFolder } from '../../fixtures/imported-model.ts'
import { feedsOf, useSessions } from '../../fixtures/model-session.ts'
import { checkpointOf, relativeError } from '../../fixtures/reference.ts'

const sessionOf = useSessions()
/** A Python that has PEFT, where there is one. */
const python = process.env.SOFTPROMPT_PYTHON
const folder = temporaryFolder()
const P = 7

async function storedFor(name: string, kind: PromptKind) {
  const model = await imported(checkpointOf(name), 'float32', join(folder, kind))
  const { hidden, layers, keyValueHeads, headSize } = model.card.sizes
  const numbers = (length: number) => Float32Array.from({ length }, (_, i) => Math.sin(1 + 0.37 * i) / 2)
  const stored: StoredPrompt =
    kind === 'table'
      ? { kind, table: float32([P, hidden], numbers(P * hidden)) }
      : { kind, prefix: { length: P, keyValues: numbers(2 * layers * keyValueHeads * P * headSize) } }
  return { model, stored }
}

/** Where PEFT's own package of a kind lies: its names are those of the methods. */
const savedBy = (name: string, kind: PromptKind) => `test/reference/peft/${name}-${kind === 'table' ? 'prompt' : 'prefix'}`

const cases = [
  ['gqa-tied', 'table'],
  ['gqa-tied', 'prefix'],
  ['mha-untied', 'table'],
  ['mha-untied', 'prefix'],
] as const

test.each(cases)('the configuration for %s, kind %s, says what PEFT’s own says', async (name, kind) => {
  const { model, stored } = await storedFor(name, kind)
  const written = peftFiles(stored, model.card, 'CAUSAL_LM')['adapter_config.json']
  const ours = JSON.parse(new TextDecoder().decode(written))
  const theirs = JSON.parse(await readFile(`${savedBy(name, kind)}/adapter_config.json`, 'utf8'))
  for (const [field, value] of Object.entries(ours))
    expect([field, value]).toEqual([field, field === 'num_virtual_tokens' ? P : theirs[field]])
  expect(readAdapterConfig(written, 'CAUSAL_LM', 'ours')).toEqual({ kind, virtualTokens: P, baseName: name })
  expect(() => readAdapterConfig(written, 'SEQ_CLS', 'ours')).toThrow(/its task_type is CAUSAL_LM, and SEQ_CLS is taken/)
})

test.each(cases)('what PEFT saved for %s, kind %s, comes out as it went in', async (name, kind) => {
  const { model } = await storedFor(name, kind)
  const saved = await readFile(`${savedBy(name, kind)}/adapter_model.safetensors`)
  const { shape, data } = readSafetensors(saved, 'PEFT').get(promptTensor)!
  const length = shape[0]!
  const stored: StoredPrompt =
    kind === 'table' ? { kind, table: float32(shape, data) } : { kind, prefix: prefixFromPeft(data, length, model.card.sizes) }
  const written = peftFiles(stored, model.card, 'CAUSAL_LM')['adapter_model.safetensors']
  expect(readSafetensors(written, 'ours').get(promptTensor)).toEqual({ shape, data })
})

test.skipIf(python === undefined).each(cases)(
  'PEFT loads a package for %s, kind %s, and answers with the same numbers',
  async (name, kind) => {
    const { model, stored } = await storedFor(name, kind)
    const { baseHash: hash, weights, graphVersion } = model.card
    const labels = verbalize(['spam', 'ham'], {}, model.encode)
    const card = {
      ...{ task: 'spam', kind, method: 'test', virtualTokens: P, positionOffset: P, readout: 'last', labels, selfTest: [] },
      answer: { type: 'softmax', version: 1, temperature: 1 },
      base: { hash, name, weights, graphVersion },
      ...{ template: '{text}', maxTokens: 100, settings: {}, training: null, data: {}, metrics: {}, baselines: {} },
    }
    const head = { labelRows: model.outputRows(labels.map(({ token }) => token)), bias: new Float32Array(2) }
    const out = join(folder, `${name}-${kind}`)
    await writePromptFolder(out, await sealPromptPackage(card, peftFiles(stored, model.card, 'CAUSAL_LM'), head, model.card, 'it'))

    const texts = [
      [0, 5, 9, 12, 33, 200],
      [0, 7],
    ]
    const args = ['test/reference/check_peft.py', out, '--model', checkpointOf(name), '--ids', ...texts.map((ids) => ids.join(','))]
    const { stdout, stderr, status } = spawnSync(python!, args, { encoding: 'utf8', env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' } })
    expect(status, stderr).toBe(0)
    const theirs = JSON.parse(stdout.trim().split('\n').at(-1)!)
    expect(theirs).toMatchObject({ virtualTokens: P, peftType: kind === 'table' ? 'PROMPT_TUNING' : 'PREFIX_TUNING' })

    const frozen = await openFrozen(model)
    const prefix = prefixOf(await frozen.ready(stored, { positionOffset: P, readout: 'last' }))
    await frozen.close()
    const session = await sessionOf(model)
    const outputs = await session.run({ ...feedsOf(texts, prefix, model), logit_rows: int64([2], BigInt64Array.of(0n, 1n)) })
    expect(relativeError(floatOutput(outputs, 'hidden').data, theirs.hidden.flat())).toBeLessThan(1e-4)
    expect(relativeError(floatOutput(outputs, 'logits').data, theirs.logits.flat())).toBeLessThan(1e-4)
  },
)
