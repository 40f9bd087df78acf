import { copyFile, mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { prefixOf } from '../../../shared/engine/families/key-values.ts'
import { labelScores } from '../../../shared/engine/scores.ts'
import { promptTensor } from '../../../shared/formats/peft.ts'
import { type PromptPackage, readPromptPackage } from '../../../shared/formats/prompt-package.ts'
import { readSafetensors, writeSafetensors } from '../../../shared/formats/safetensors.ts'
import { floatOutput } from '../../../shared/tensor.ts'
import { verbalize } from '../../../trainer/data/labels.ts'
import { adopt, readPeftFiles } from '../../../trainer/import/adopt.ts'
import { openFrozen } from '../../../trainer/import/open-frozen.ts'
import type { OpenedModel } from '../../../trainer/import/open-model.ts'
import { wordHead } from '../../../trainer/import/word-head.ts'
import { imported, temporaryFolder } from '../../fixtures/imported-model.ts'
import { everywhere, feedsOf, useSessions } from '../../fixtures/model-session.ts'
import { checkpointOf, readReference, relativeError } from '../../fixtures/reference.ts'

const sessionOf = useSessions()
const folder = temporaryFolder()
const models: Record<string, OpenedModel> = {
  'gqa-tied': await imported(checkpointOf('gqa-tied'), 'float32', folder),
  'mha-untied': await imported(checkpointOf('mha-untied'), 'float32', folder),
  'bert-exact': await imported(checkpointOf('bert-exact'), 'float32', folder),
  'bert-tanh': await imported(checkpointOf('bert-tanh'), 'float32', folder),
}
const task = (model: OpenedModel) => ({ task: 'spam', labels: verbalize(['spam', 'ham'], {}, model.encode), template: '{text} It was' })

/** Adopts what PEFT wrote in `directory`, for the checkpoint `name`. */
async function adopted(directory: string, name: string, texts: string[] = [], changes: object = {}): Promise<PromptPackage> {
  const opened = models[name]!
  const frozen = await openFrozen(opened)
  try {
    const asked = { ...task(opened), ...changes }
    const { files, warnings } = await adopt(readPeftFiles(directory), directory, asked, { opened, frozen }, texts)
    const read = await readPromptPackage(files, opened.card, directory)
    return { ...read, warnings: [...read.warnings, ...warnings] }
  } finally {
    await frozen.close()
  }
}

const fixtures = [
  ['gqa-tied', 'prompt'],
  ['gqa-tied', 'prefix'],
  ['mha-untied', 'prompt'],
  ['mha-untied', 'prefix'],
] as const

describe.each(fixtures)('on %s, a %s that PEFT saved', (name, method) => {
  const directory = `test/reference/peft/${name}-${method}`

  test('gives the hidden states and vocabulary scores that it gave in PEFT', async () => {
    const model = models[name]!
    const { hidden: H, vocabulary: V } = model.card.sizes
    const frozen = await openFrozen(model)
    const { stored, card } = await adopted(directory, name)
    const prefix = prefixOf(await frozen.ready(stored, card))
    await frozen.close()
    const reference = readReference(`peft/${name}-${method}`)
    const wanted = { hidden: reference.float('hidden'), logits: reference.float('logits') }
    const T = wanted.hidden.dims[1]!
    const session = await sessionOf(model)
    for (let b = 0; b < reference.rows.length; b++) {
      const inputIds = reference.rows[b]!
      const outputs = await session.run(everywhere(feedsOf([inputIds], prefix, model)))
      const positions = (values: Float32Array, width: number) => values.subarray(b * T * width, (b * T + inputIds.length) * width)
      const own = (name: string, width: number) => floatOutput(outputs, name).data.subarray(0, inputIds.length * width)
      expect(relativeError(own('hidden', H), positions(wanted.hidden.data, H))).toBeLessThan(1e-4)
      expect(relativeError(own('logits', V), positions(wanted.logits.data, V))).toBeLessThan(1e-4)
    }
  })

  test('becomes a package with the label rows of the vocabulary and a self-test; PEFT’s own files stay as they are', async () => {
    const model = models[name]!
    const peft = readPeftFiles(directory)
    const texts = ['free money', 'see you at nine']
    const read = await adopted(directory, name, texts)
    expect(read.card).toMatchObject({
      task: 'spam',
      kind: method === 'prompt' ? 'table' : 'prefix',
      method: 'peft',
      virtualTokens: 6,
      positionOffset: 6,
      answer: { type: 'softmax', version: 1, temperature: 1 },
      base: { hash: model.card.baseHash, weights: 'float32' },
    })
    expect(read.labelRows).toEqual(model.outputRows(read.card.labels.map(({ token }) => token)))
    for (const file of ['adapter_config.json', 'adapter_model.safetensors'] as const) {
      expect(read.card.files[file].bytes).toBe(peft[file].length)
      expect(Buffer.from(peft[file])).toEqual(await readFile(join(directory, file)))
    }

    // the self-test's scores are hidden · label rows, as the trainer would have had them
    const frozen = await openFrozen(model)
    const ready = await frozen.ready(read.stored, read.card)
    for (const { text, scores } of read.card.selfTest) {
      const inputIds = [0, ...model.encode(text), ...model.encode(' It was')]
      const [hidden] = await frozen.hidden([{ inputIds }], [ready])
      expect(scores).toEqual({ float32: Array.from(labelScores(hidden!, read)) })
    }
    expect(read.card.selfTest.map(({ text }) => text)).toEqual(texts)
    await frozen.close()
  })
})

describe.each([
  ['bert-exact', 'prompt'],
  ['bert-exact', 'prefix'],
  ['bert-tanh', 'prompt'],
  ['bert-tanh', 'prefix'],
] as const)('on %s, a %s that PEFT saved with a classifier', (name, method) => {
  const directory = `test/reference/peft/${name}-${method}`
  const model = models[name]!

  test('gives the hidden states that it gave in PEFT, where a text begins at position P', async () => {
    const { hidden: H } = model.card.sizes
    const { stored, card } = await adopted(directory, name)
    expect(card).toMatchObject({ positionOffset: 6, virtualTokens: 6 })
    const reference = readReference(`peft/${name}-${method}`)
    const wanted = reference.float('hidden')
    const T = wanted.dims[1]!
    const frozen = await openFrozen(model)
    const ready = await frozen.ready(stored, card)
    for (const [b, inputIds] of reference.rows.entries()) {
      const [hidden] = await frozen.hidden([{ inputIds, positions: inputIds.map((_, t) => t) }], [ready])
      const text = wanted.data.subarray(b * T * H, (b * T + inputIds.length) * H)
      expect(relativeError(hidden!, text)).toBeLessThan(1e-4)
    }
    await frozen.close()
  })

  test('is scored by the labels’ words, and says that the classifier is left out; PEFT’s own files stay as they are', async () => {
    const texts = ['the film is good', 'please']
    const read = await adopted(directory, name, texts)
    expect(read.warnings).toEqual([expect.stringMatching(/^PEFT's classifier is left out, as it reads a pooler that is not served here/)])
    expect(read.card).toMatchObject({ kind: method === 'prompt' ? 'table' : 'prefix', method: 'peft', readout: 'mean' })
    for (const file of ['adapter_config.json', 'adapter_model.safetensors'] as const)
      expect(read.card.files[file].bytes).toBe((await readFile(join(directory, file))).length)

    const frozen = await openFrozen(model)
    const head = await wordHead({ opened: model, frozen }, read.card.labels)
    expect([read.labelRows, read.bias]).toEqual([head.labelRows, head.bias])
    const ready = await frozen.ready(read.stored, read.card)
    for (const { text, scores } of read.card.selfTest) {
      const inputIds = [2, ...model.encode(text), ...model.encode(' It was'), 3]
      const [hidden] = await frozen.hidden([{ inputIds }], [ready])
      expect(scores).toEqual({ float32: Array.from(labelScores(hidden!, read)) })
    }
    expect(read.card.selfTest.map(({ text }) => text)).toEqual(texts)
    await frozen.close()
  })
})

describe('for an encoder', () => {
  const source = 'test/reference/peft/bert-exact-prompt'
  /** A copy of PEFT's prompt for bert-exact, with changes to its configuration and other tensors beside the prompt. */
  async function changed(changes: object, beside: readonly string[]): Promise<string> {
    const directory = await mkdtemp(join(folder, 'encoder-'))
    const config = JSON.parse(await readFile(join(source, 'adapter_config.json'), 'utf8'))
    await writeFile(join(directory, 'adapter_config.json'), JSON.stringify({ ...config, ...changes }))
    const { shape, data } = readSafetensors(await readFile(join(source, 'adapter_model.safetensors')), source).get(promptTensor)!
    const others = beside.map((name) => [name, { shape: [2], data: new Float32Array(2) }] as const)
    const tensors = { [promptTensor]: { shape, data }, ...Object.fromEntries(others) }
    await writeFile(join(directory, 'adapter_model.safetensors'), writeSafetensors(tensors))
    return directory
  }

  test.each([
    ['of the task that ours say', { task_type: 'FEATURE_EXTRACTION', modules_to_save: null }],
    ['of a task of classes without a classifier', { task_type: 'SEQ_CLS', modules_to_save: null }],
    ['whose classifier was taken out', {}],
    ['of no task', { task_type: null, modules_to_save: null }],
  ])('a prompt %s is taken without a warning', async (_, changes) => {
    expect((await adopted(await changed(changes, []), 'bert-exact')).warnings).toEqual([])
  })

  test.each<[string, object, string[], RegExp]>([
    ['of another task', { task_type: 'TOKEN_CLS' }, [], /task_type is TOKEN_CLS, and FEATURE_EXTRACTION or SEQ_CLS is taken/],
    ['that changes another module', { modules_to_save: ['classifier', 'pooler'] }, [], /\(modules_to_save: pooler\), which stays frozen/],
    ['with a classifier and no task for it', { task_type: 'FEATURE_EXTRACTION' }, [], /\(modules_to_save: classifier, score, /],
    [
      'with weights of the model',
      {},
      ['base_model.bert.pooler.dense.weight'],
      /it holds base_model\.bert\.pooler\.dense\.weight, a weight of the model/,
    ],
  ])('a prompt %s is refused', async (_, changes, beside, message) => {
    await expect(adopted(await changed(changes, beside), 'bert-exact')).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringMatching(message),
    })
  })

  test('rows that leave the prompt no room in the context are refused', async () => {
    await expect(adopted(source, 'bert-exact', [], { maxTokens: 35 })).rejects.toMatchObject({
      code: 'invalid_prompt',
      message: expect.stringContaining('40 positions'),
    })
    expect((await adopted(source, 'bert-exact')).card.maxTokens).toBe(34)
  })
})

describe('what PEFT saved and cannot be adopted', () => {
  /** A copy of PEFT's prompt for gqa-tied with changes to its configuration, or another file of weights. */
  async function spoilt(name: string, changes: object, weights?: Uint8Array): Promise<string> {
    const directory = join(folder, name)
    await mkdir(directory, { recursive: true })
    const source = 'test/reference/peft/gqa-tied-prompt'
    const config = JSON.parse(await readFile(join(source, 'adapter_config.json'), 'utf8'))
    await writeFile(join(directory, 'adapter_config.json'), JSON.stringify({ ...config, ...changes }))
    if (weights === undefined) await copyFile(join(source, 'adapter_model.safetensors'), join(directory, 'adapter_model.safetensors'))
    else await writeFile(join(directory, 'adapter_model.safetensors'), weights)
    return directory
  }

  const configurations: [string, object, string][] = [
    ['another method', { peft_type: 'LORA', num_virtual_tokens: undefined }, 'its peft_type is LORA, and PROMPT_TUNING and PREFIX_TUNING'],
    ['another kind of task', { task_type: 'SEQ_CLS' }, 'SEQ_CLS'],
    ['an encoder and a decoder', { num_transformer_submodules: 2 }, 'decoder'],
    ['changed weights of the model', { modules_to_save: ['score'] }, 'score'],
  ]
  test.each(configurations)('%s', async (what, changes, message) => {
    await expect(adopted(await spoilt(what, changes), 'gqa-tied')).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringContaining(message),
    })
  })

  test.each([{ num_virtual_tokens: 0 }, { num_virtual_tokens: 'six' }, { num_virtual_tokens: 10 ** 9 }, { peft_type: null }])(
    'a configuration with %j',
    async (changes) => {
      await expect(adopted(await spoilt('malformed', changes), 'gqa-tied')).rejects.toMatchObject({
        code: 'invalid_prompt',
        param: Object.keys(changes)[0],
      })
    },
  )

  test.each([{ num_virtual_tokens: 7 }, { peft_type: 'PREFIX_TUNING' }])('weights of another shape than %j says', async (changes) => {
    await expect(adopted(await spoilt('misshapen', changes), 'gqa-tied')).rejects.toMatchObject({
      code: 'invalid_prompt',
      message: expect.stringContaining('shape'),
    })
  })

  test('a prompt for another model', async () => {
    await expect(adopted('test/reference/peft/gqa-tied-prompt', 'mha-untied')).rejects.toMatchObject({
      code: 'invalid_prompt',
      message: expect.stringContaining('[6,32]'),
    })
  })

  const tensor = (values: Float32Array, name: string = promptTensor) => writeSafetensors({ [name]: { shape: [6, 32], data: values } })
  test.each<[string, Uint8Array, string]>([
    ['another tensor', tensor(new Float32Array(192), 'weight'), 'invalid_prompt'],
    ['NaN', tensor(new Float32Array(192).fill(Number.NaN)), 'invalid_file'],
    ['half a file', tensor(new Float32Array(192)).subarray(0, 300), 'invalid_file'],
    ['no bytes', new Uint8Array(), 'invalid_file'],
  ])('weights that are %s', async (name, weights, code) => {
    await expect(adopted(await spoilt(name, {}, weights), 'gqa-tied')).rejects.toMatchObject({ code })
  })

  test('a folder without PEFT’s files', async () => {
    await mkdir(join(folder, 'bare'))
    const refusal = (part: string) => expect.objectContaining({ code: 'invalid_prompt', message: expect.stringContaining(part) })
    expect(() => readPeftFiles(join(folder, 'bare'))).toThrow(refusal('adapter_config.json'))
    await writeFile(join(folder, 'bare', 'adapter_config.json'), '{}')
    expect(() => readPeftFiles(join(folder, 'bare'))).toThrow(refusal('safe_serialization'))
  })

  test('rows that leave the prompt no room in the context', async () => {
    const directory = 'test/reference/peft/gqa-tied-prompt' // the context is 128
    await expect(adopted(directory, 'gqa-tied', [], { maxTokens: 123 })).rejects.toMatchObject({
      code: 'invalid_prompt',
      message: expect.stringContaining('128 positions'),
    })
    expect((await adopted(directory, 'gqa-tied')).card.maxTokens).toBe(122)
  })
})
