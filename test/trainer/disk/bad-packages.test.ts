import { appendFile, mkdir, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { cardText } from '../../../shared/formats/card.ts'
import { promptTensor } from '../../../shared/formats/peft.ts'
import type { PromptCard } from '../../../shared/formats/prompt-card.ts'
import { labelTensors } from '../../../shared/formats/prompt-package.ts'
import { writeSafetensors } from '../../../shared/formats/safetensors.ts'
import { preparePublication } from '../../../trainer/publish/publish.ts'
import { temporaryFolder } from '../../fixtures/imported-model.ts'
import { randomPrompt, twoLabels } from '../../fixtures/random-prompt.ts'
import { writeSmallModel } from '../../fixtures/small-model.ts'
import { writeRandomPrompt } from '../../fixtures/written-prompt.ts'

const folder = temporaryFolder()
const model = await writeSmallModel(join(folder, 'model'))
const other = await writeSmallModel(join(folder, 'other'), { name: 'other' })
const { hidden: H } = model.sizes
const P = 5

const tensor = (name: string, shape: [number, number], fill = 0.5) =>
  writeSafetensors({ [name]: { shape, data: new Float32Array(shape[0] * shape[1]).fill(fill) } })
const good = tensor(promptTensor, [P, H])

/** `good` with another header over the same numbers. */
function withHeader(header: object | string, lengthField?: bigint): Uint8Array<ArrayBuffer> {
  const json = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header))
  const bytes = new Uint8Array(8 + json.length + P * H * 4)
  new DataView(bytes.buffer).setBigUint64(0, lengthField ?? BigInt(json.length), true)
  bytes.set(json, 8)
  return bytes
}
const entry = (changes: object) => withHeader({ [promptTensor]: { dtype: 'F32', shape: [P, H], data_offsets: [0, P * H * 4], ...changes } })

const files: [string, Uint8Array<ArrayBuffer>, string][] = [
  ['empty', new Uint8Array(), 'invalid_file'],
  ['cut in the header', good.slice(0, 40), 'invalid_file'],
  ['cut in the numbers', good.slice(0, -4), 'invalid_file'],
  ['with a header as long as memory', withHeader('{}', 2n ** 63n), 'invalid_file'],
  ['with a header longer than the file', withHeader('{}', 5000n), 'invalid_file'],
  ['with a header that is not JSON', withHeader('{"prompt_embeddings": '), 'invalid_file'],
  ['with a header that is no object', withHeader('[1, 2]'), 'invalid_file'],
  ['with a shape that does not fit its bytes', entry({ shape: [P, H + 1] }), 'invalid_file'],
  ['with a shape beyond all numbers', entry({ shape: [2 ** 40, 2 ** 40] }), 'invalid_file'],
  ['with a negative shape', entry({ shape: [-P, -H] }), 'invalid_file'],
  ['with numbers past the end', entry({ data_offsets: [80, 80 + P * H * 4] }), 'invalid_file'],
  ['with numbers that end before they begin', entry({ data_offsets: [P * H * 4, 0] }), 'invalid_file'],
  ['of another type', entry({ dtype: 'I32' }), 'invalid_file'],
  ['of half precision and another width', entry({ dtype: 'F16', shape: [P, 2 * H] }), 'invalid_prompt'],
  ['with NaN', tensor(promptTensor, [P, H], Number.NaN), 'invalid_file'],
  ['with an infinity', tensor(promptTensor, [P, H], Number.NEGATIVE_INFINITY), 'invalid_file'],
  ['without its tensor', tensor('weight', [P, H]), 'invalid_prompt'],
  ['of fewer virtual tokens than the card says', tensor(promptTensor, [P - 1, H]), 'invalid_prompt'],
  ['for another width', tensor(promptTensor, [P, H + 1]), 'invalid_prompt'],
]

// the card gives the hash of the bad file: it is the file itself that is refused
test.each(files)('adapter_model.safetensors %s', async (what, bytes, code) => {
  const directory = join(folder, what)
  await writeRandomPrompt(directory, model, { task: 'spam', files: { 'adapter_model.safetensors': bytes } })
  await expect(preparePublication(directory, join(folder, 'model'))).rejects.toMatchObject({
    name: 'SoftPromptError',
    code,
    message: expect.stringContaining('adapter_model.safetensors'),
  })
})

test('labels.safetensors with more rows than labels', async () => {
  await writeRandomPrompt(join(folder, 'rows'), model, { task: 'spam', files: { 'labels.safetensors': tensor(labelTensors.rows, [3, H]) } })
  await expect(preparePublication(join(folder, 'rows'), join(folder, 'model'))).rejects.toMatchObject({
    code: 'invalid_prompt',
    message: expect.stringContaining('[3,8]'),
  })
})

test.each(['adapter_config.json', 'adapter_model.safetensors', 'labels.safetensors'] as const)(
  '%s that was changed after the card was written',
  async (file) => {
    const directory = join(folder, `changed ${file}`)
    await writeRandomPrompt(directory, model, { task: 'spam' })
    await appendFile(join(directory, file), ' ')
    await expect(preparePublication(directory, join(folder, 'model'))).rejects.toMatchObject({
      code: 'invalid_prompt',
      message: expect.stringContaining(file),
    })
  },
)

test('a prompt for another base names both', async () => {
  await writeRandomPrompt(join(folder, 'foreign'), other, { task: 'spam' })
  const refusal = preparePublication(join(folder, 'foreign'), join(folder, 'model'))
  await expect(refusal).rejects.toMatchObject({ code: 'base_mismatch', message: expect.stringContaining(other.baseHash) })
  await expect(refusal).rejects.toMatchObject({ message: expect.stringContaining(model.baseHash) })
})

const cards: [string, Partial<Record<keyof PromptCard, unknown>>, string][] = [
  ['another format', { format: 'softprompt-model' }, 'format'],
  ['an earlier version', { version: 1 }, 'version'],
  ['a later version', { version: 3 }, 'version'],
  ['a task that is no name', { task: '../../models/x' }, 'task'],
  ['an unknown kind', { kind: 'lora' }, 'kind'],
  ['a method that is no name', { method: 'low rank' }, 'method'],
  ['fewer than no virtual tokens', { virtualTokens: -1 }, 'virtualTokens'],
  ['a million virtual tokens', { virtualTokens: 1_000_000 }, 'virtualTokens'],
  ['one label', { labels: twoLabels.slice(0, 1) }, 'labels'],
  ['a label twice', { labels: [twoLabels[0], twoLabels[0]] }, 'labels'],
  ['a template without its text', { template: 'It was' }, 'template'],
  ['a template with two texts', { template: '{text} or {text}' }, 'template'],
  ['no temperature', { answer: { type: 'softmax', version: 1, temperature: 0 } }, 'temperature'],
  ['a hash that is none', { base: { hash: 'abc', name: 'x', weights: 'int8', graphVersion: 1 } }, 'base.hash'],
  ['no files', { files: {} }, 'files'],
  ['a self-test with a score too many', { selfTest: [{ text: 'hi', scores: { int8: [1, 2, 3] } }] }, 'self-test'],
]
test.each(cards)('a card with %s', async (what, changes, field) => {
  const directory = join(folder, what)
  const files = await randomPrompt(model, { task: 'spam' })
  const card = { ...JSON.parse(new TextDecoder().decode(files['prompt.json'])), ...changes }
  await mkdir(directory)
  for (const [file, bytes] of Object.entries(files)) await writeFile(join(directory, file), bytes)
  await writeFile(join(directory, 'prompt.json'), cardText(card))
  await expect(preparePublication(directory, join(folder, 'model'))).rejects.toMatchObject({
    name: 'SoftPromptError',
    code: 'invalid_prompt',
    message: expect.stringContaining(field),
  })
})

test('a card that is not there, not JSON, or larger than any card', async () => {
  const directory = join(folder, 'card')
  await writeRandomPrompt(directory, model, { task: 'spam' })
  await truncate(join(directory, 'prompt.json'), 100)
  await expect(preparePublication(directory, join(folder, 'model'))).rejects.toMatchObject({
    code: 'invalid_prompt',
    message: expect.stringContaining('not JSON'),
  })
  await truncate(join(directory, 'prompt.json'), 2 ** 30)
  await expect(preparePublication(directory, join(folder, 'model'))).rejects.toMatchObject({
    code: 'invalid_prompt',
    message: expect.stringContaining('at most'),
  })
  await rm(join(directory, 'prompt.json'))
  await expect(preparePublication(directory, join(folder, 'model'))).rejects.toMatchObject({
    code: 'invalid_prompt',
    message: expect.stringContaining('softprompt adopt'),
  })
})
