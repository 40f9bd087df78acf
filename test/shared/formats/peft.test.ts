import { spawnSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { decoder } from '../../../shared/engine/families/decoder.ts'
import { encoder } from '../../../shared/engine/families/encoder.ts'
import type { Placement } from '../../../shared/engine/families/family.ts'
import { prefixOf } from '../../../shared/engine/families/key-values.ts'
import {
  holdsClassifier,
  peftFiles,
  prefixFromPeft,
  promptTensor,
  readAdapterConfig,
  type StoredPrompt,
} from '../../../shared/formats/peft.ts'
import type { PromptKind } from '../../../shared/formats/prompt-card.ts'
import { sealPromptPackage } from '../../../shared/formats/prompt-package.ts'
import { readSafetensors, writeSafetensors } from '../../../shared/formats/safetensors.ts'
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
  expect(readAdapterConfig(written, 'CAUSAL_LM', 'ours')).toEqual({ kind, virtualTokens: P, baseName: name, classifiers: [] })
  expect(() => readAdapterConfig(written, 'SEQ_CLS', 'ours')).toThrow(/its task_type is CAUSAL_LM, and SEQ_CLS is taken/)
})

const encoderCases = [
  ['bert-exact', 'table'],
  ['bert-exact', 'prefix'],
  ['bert-tanh', 'table'],
  ['bert-tanh', 'prefix'],
] as const

test.each(encoderCases)('the configuration for %s, kind %s, says what PEFT’s own says, without a classifier', async (name, kind) => {
  const { model, stored } = await storedFor(name, kind)
  const written = peftFiles(stored, model.card, 'FEATURE_EXTRACTION')['adapter_config.json']
  const { task_type: task, ...ours } = JSON.parse(new TextDecoder().decode(written))
  const saved = await readFile(`${savedBy(name, kind)}/adapter_config.json`)
  const theirs = JSON.parse(saved.toString())
  for (const [field, value] of Object.entries(ours))
    expect([field, value]).toEqual([field, field === 'num_virtual_tokens' ? P : theirs[field]])
  expect([task, theirs.task_type]).toEqual(['FEATURE_EXTRACTION', 'SEQ_CLS']) // and both are read
  const read = { kind, virtualTokens: P, baseName: name, classifiers: [] }
  expect(readAdapterConfig(written, 'FEATURE_EXTRACTION', 'ours')).toEqual(read)
  expect(readAdapterConfig(saved, 'FEATURE_EXTRACTION', 'theirs')).toEqual({
    ...read,
    virtualTokens: 6,
    classifiers: ['classifier', 'score'],
  })
  expect(() => readAdapterConfig(written, 'CAUSAL_LM', 'ours')).toThrow(/task_type is FEATURE_EXTRACTION, and CAUSAL_LM is taken/)
  expect(() => readAdapterConfig(peftFiles(stored, model.card, 'TOKEN_CLS')['adapter_config.json'], 'FEATURE_EXTRACTION', 'it')).toThrow(
    /task_type is TOKEN_CLS, and FEATURE_EXTRACTION or SEQ_CLS is taken/,
  )
})

describe('beside the prompt', () => {
  const zeros = (...names: string[]) =>
    writeSafetensors(Object.fromEntries(names.map((name) => [name, { shape: [2], data: new Float32Array(2) }])))
  const classes = { kind: 'table', virtualTokens: P, baseName: null, classifiers: ['classifier', 'score'] } as const
  const features = { ...classes, classifiers: [] }

  test('a classifier may lie where the task is one of classes', () => {
    expect(holdsClassifier(zeros(promptTensor), classes, 'it')).toBe(false)
    expect(holdsClassifier(zeros(promptTensor, 'base_model.classifier.weight', 'base_model.classifier.bias'), classes, 'it')).toBe(true)
    expect(holdsClassifier(zeros('base_model.score.weight', promptTensor), classes, 'it')).toBe(true)
    expect(holdsClassifier(zeros(promptTensor), features, 'it')).toBe(false)
  })

  test.each([
    ['base_model.classifier.weight', features],
    ['base_model.bert.pooler.dense.weight', classes],
    ['base_model.classifier_2.weight', classes],
  ])('%s is a changed weight of the model', (name, config) => {
    expect(() => holdsClassifier(zeros(promptTensor, name), config, 'it')).toThrow(
      expect.objectContaining({
        code: 'unsupported',
        message: expect.stringContaining(`prompt_embeddings it holds ${name}, a weight of the model`),
      }),
    )
  })
})

test.each([...cases, ...encoderCases])('what PEFT saved for %s, kind %s, comes out as it went in', async (name, kind) => {
  const { model } = await storedFor(name, kind)
  const saved = await readFile(`${savedBy(name, kind)}/adapter_model.safetensors`)
  const { shape, data } = readSafetensors(saved, 'PEFT').get(promptTensor)!
  const length = shape[0]!
  const stored: StoredPrompt =
    kind === 'table' ? { kind, table: float32(shape, data) } : { kind, prefix: prefixFromPeft(data, length, model.card.sizes) }
  const written = peftFiles(stored, model.card, 'any')['adapter_model.safetensors']
  expect(readSafetensors(written, 'ours').get(promptTensor)).toEqual({ shape, data })
})

/** What a Python with PEFT answers for token ids behind a prompt package. */
function askPeft(name: string, out: string, texts: readonly (readonly number[])[], ...options: string[]) {
  const ids = texts.map((text) => text.join(','))
  const args = ['test/reference/check_peft.py', out, '--model', checkpointOf(name), ...options, '--ids', ...ids]
  const { stdout, stderr, status } = spawnSync(python!, args, { encoding: 'utf8', env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' } })
  expect(status, stderr).toBe(0)
  return JSON.parse(stdout.trim().split('\n').at(-1)!)
}

/** Writes a prompt package, labels and all, and gives its folder. */
async function writtenPackage({ model, stored }: Awaited<ReturnType<typeof storedFor>>, placement: Placement, taskType: string) {
  const { baseHash: hash, name, weights, graphVersion, sizes } = model.card
  const { kind } = stored
  const labels = verbalize(['spam', 'ham'], {}, model.encode)
  const card = {
    ...{ task: 'spam', kind, method: 'test', virtualTokens: P, ...placement, labels, selfTest: [] },
    answer: { type: 'softmax', version: 1, temperature: 1 },
    base: { hash, name, weights, graphVersion },
    ...{ template: '{text}', maxTokens: 20, settings: {}, training: null, data: {}, metrics: {}, baselines: {} },
  }
  const head = { labelRows: new Float32Array(2 * sizes.hidden).fill(1), bias: new Float32Array(2) }
  const out = join(folder, `${name}-${kind}-${placement.positionOffset}`)
  await writePromptFolder(
    out,
    await sealPromptPackage(card, peftFiles(stored, model.card, taskType), head, model.card, 'it'),
    model.directory,
  )
  return out
}

const peftTypeOf = (kind: PromptKind) => (kind === 'table' ? 'PROMPT_TUNING' : 'PREFIX_TUNING')

test.skipIf(python === undefined).each(cases)(
  'PEFT loads a package for %s, kind %s, and answers with the same numbers',
  async (name, kind) => {
    const made = await storedFor(name, kind)
    const { model, stored } = made
    const placement = { positionOffset: P, readout: 'last' }
    const texts = [
      [0, 5, 9, 12, 33, 200],
      [0, 7],
    ]
    const theirs = askPeft(name, await writtenPackage(made, placement, decoder.peftTaskType), texts)
    expect(theirs).toMatchObject({ virtualTokens: P, peftType: peftTypeOf(kind) })

    const frozen = await openFrozen(model)
    const prefix = prefixOf(await frozen.ready(stored, placement))
    await frozen.close()
    const session = await sessionOf(model)
    const outputs = await session.run({ ...feedsOf(texts, prefix, model), logit_rows: int64([2], BigInt64Array.of(0n, 1n)) })
    expect(relativeError(floatOutput(outputs, 'hidden').data, theirs.hidden.flat())).toBeLessThan(1e-4)
    expect(relativeError(floatOutput(outputs, 'logits').data, theirs.logits.flat())).toBeLessThan(1e-4)
  },
)

test
  .skipIf(python === undefined)
  .each(encoderCases.flatMap(([name, kind]) => encoder.positionOffsets(kind, P).map((offset) => [name, kind, offset] as const)))(
  'PEFT loads a package for %s, kind %s, with texts from position %i on, with a classifier on the model or none',
  async (name, kind, positionOffset) => {
    const made = await storedFor(name, kind)
    const { model, stored } = made
    const placement = { positionOffset, readout: 'mean' }
    const texts = [
      [2, 14, 33, 70, 18, 3],
      [2, 44, 3],
    ]
    const out = await writtenPackage(made, placement, encoder.peftTaskType)
    const placed = positionOffset === P ? [] : ['--position-offset', `${positionOffset}`]
    const frozen = await openFrozen(model)
    const ready = await frozen.ready(stored, placement)
    const ours = (await frozen.hidden(texts.map((inputIds) => ({ inputIds })), [ready])).flatMap((vector) => Array.from(vector)) // biome-ignore format: one thought
    await frozen.close()
    for (const head of [[], ['--classes', '2']]) {
      const theirs = askPeft(name, out, texts, ...placed, ...head)
      expect(theirs).toMatchObject({ virtualTokens: P, peftType: peftTypeOf(kind) })
      expect(relativeError(ours, theirs.hidden.flat())).toBeLessThan(1e-4)
    }
  },
  60_000,
)
