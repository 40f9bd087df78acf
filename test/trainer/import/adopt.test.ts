import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { prefixOf } from '../../../shared/engine/families/key-values.ts'
import { labelScores } from '../../../shared/engine/scores.ts'
import { promptTensor } from '../../../shared/formats/peft.ts'
import { type PromptPackage, readPromptPackage } from '../../../shared/formats/prompt-package.ts'
import { writeSafetensors } from '../../../shared/formats/safetensors.ts'
import { floatOutput } from '../../../shared/tensor.ts'
import { verbalize } from '../../../trainer/data/labels.ts'
import { adopt, readPeftFiles } from '../../../trainer/import/adopt.ts'
import { openFrozen } from '../../../trainer/import/open-frozen.ts'
import type { OpenedModel } from '../../../trainer/import/open-model.ts'
import { imported, temporaryFolder } from '../../fixtures/imported-model.ts'
import { everywhere, feedsOf, useSessions } from '../../fixtures/model-session.ts'
import { checkpointOf, readReference, relativeError } from '../../fixtures/reference.ts'

const sessionOf = useSessions()
const folder = temporaryFolder()
const models: Record<string, OpenedModel> = {
  'gqa-tied': await imported(checkpointOf('gqa-tied'), 'float32', folder),
  'mha-untied': await imported(checkpointOf('mha-untied'), 'float32', folder),
}
const task = (model: OpenedModel) => ({ task: 'spam', labels: verbalize(['spam', 'ham'], {}, model.encode), template: '{text} It was' })

/** Adopts what PEFT wrote in `directory`, for the checkpoint `name`. */
async function adopted(directory: string, name: string, texts: string[] = [], changes: object = {}): Promise<PromptPackage> {
  const opened = models[name]!
  const frozen = await openFrozen(opened)
  try {
    const asked = { ...task(opened), ...changes }
    const { files } = await adopt(readPeftFiles(directory), directory, asked, { opened, frozen }, texts)
    return await readPromptPackage(files, opened.card, directory)
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
    ['another method', { peft_type: 'LORA' }, 'LORA'],
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
