import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { promptTensor } from '../../../../shared/formats/peft.ts'
import { readPromptPackage } from '../../../../shared/formats/prompt-package.ts'
import { adoptCommand } from '../../../../trainer/cli/commands/adopt.ts'
import { readPromptFolder } from '../../../../trainer/disk/prompt-folder.ts'
import { preparePublication } from '../../../../trainer/publish/publish.ts'
import { imported, temporaryFolder } from '../../../fixtures/imported-model.ts'
import { checkpointOf } from '../../../fixtures/reference.ts'
import { runInProcess } from '../../../fixtures/run-in-process.ts'
import { safetensors, storedTensors } from '../../../fixtures/written-checkpoint.ts'

const folder = temporaryFolder()
const model = await imported(checkpointOf('gqa-tied'), 'int8', folder)
const peft = 'test/reference/peft/gqa-tied-prefix'
const task = ['--task', 'routing', '--labels', 'billing, shipping', '--template', 'Mail: {text} About']
const run = (...args: string[]) => runInProcess([adoptCommand], 'adopt', ...args, '--model', model.directory)

test('a package that PEFT saved becomes one that can be published', async () => {
  const out = join(folder, 'adopted')
  const { code, json, stderr } = await run(peft, ...task, '--verbalizers', 'billing=money', '--out', out, '--json')
  expect(code, stderr).toBe(0)
  expect(json).toMatchObject({
    task: 'routing',
    package: out,
    labels: [
      { label: 'billing', verbalizer: 'money' },
      { label: 'shipping', verbalizer: 'shipping' },
    ],
  })
  const { card } = await readPromptPackage(readPromptFolder(out), model.card, out)
  expect(card).toMatchObject({
    task: 'routing',
    kind: 'prefix',
    method: 'peft',
    template: 'Mail: {text} About',
    labels: json.labels,
    base: { weights: 'int8' },
  })
  expect(card.selfTest.length).toBe(3)
  expect(await readFile(join(out, 'adapter_model.safetensors'))).toEqual(await readFile(join(peft, 'adapter_model.safetensors')))
  expect(await preparePublication(out, model.directory)).toMatchObject({ task: 'routing', warnings: [] })

  // again, into the same folder, for people
  const refused = await run(peft, ...task, '--max-tokens', '40', '--out', out)
  expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('it holds a prompt for task routing, written 2') })
  expect((await readPromptPackage(readPromptFolder(out), model.card, out)).card).toEqual(card)
  const again = await run(peft, ...task, '--max-tokens', '40', '--out', out, '--force')
  expect(again.stdout).toContain(` publish ${out}`)
  expect((await readPromptPackage(readPromptFolder(out), model.card, out)).card.maxTokens).toBe(40)
})

test.each(['F16', 'BF16'] as const)('one that PEFT saved in %s is taken', async (dtype) => {
  const [saved, out] = [join(folder, `saved-${dtype}`), join(folder, `adopted-${dtype}`)]
  await mkdir(saved)
  await copyFile(join(peft, 'adapter_config.json'), join(saved, 'adapter_config.json'))
  const { shape, bytes } = storedTensors(peft, /^adapter_model/).get(promptTensor)!
  const values = new Uint16Array(bytes.length / 4).fill(dtype === 'F16' ? 0x3800 : 0x3f00) // 0.5
  const tensors = new Map([[promptTensor, { dtype, shape, bytes: new Uint8Array(values.buffer) }]])
  await writeFile(join(saved, 'adapter_model.safetensors'), safetensors(tensors))
  expect(await run(saved, ...task, '--out', out)).toMatchObject({ code: 0 })
  const { stored } = await readPromptPackage(readPromptFolder(out), model.card, out)
  expect(stored.kind === 'prefix' && new Set(stored.prefix.keyValues)).toEqual(new Set([0.5]))
})

test('labels that begin with the same token are warned about', async () => {
  const { code, stderr } = await run(
    peft,
    ...task,
    '--verbalizers',
    '{"billing": "money now", "shipping": "money then"}',
    '--out',
    join(folder, 'same'),
  )
  expect(code).toBe(0)
  expect(stderr).toMatch(/Warning: labels "billing", "shipping" begin with the same token/)
})

test.each(['prompt', 'prefix'])('a %s for a BERT is scored by its labels’ words, and people are told', async (method) => {
  const bert = await imported(checkpointOf('bert-exact'), 'int8', join(folder, method))
  const out = join(folder, `bert-${method}`)
  const labels = ['--labels', 'the film,the coffee', '--template', '{text}', '--task', 'films']
  const args = [`test/reference/peft/bert-exact-${method}`, ...labels, '--out', out, '--model', bert.directory]
  const { code, stderr } = await runInProcess([adoptCommand], 'adopt', ...args)
  expect(code, stderr).toBe(0)
  expect(stderr).toContain("Warning: PEFT's classifier is left out")
  expect(stderr).not.toMatch(/begin with the same token/) // nothing is looked up by a first token
  const { card } = await readPromptPackage(readPromptFolder(out), bert.card, out)
  expect(card).toMatchObject({ labels: [{ verbalizer: 'the film' }, { verbalizer: 'the coffee' }], positionOffset: 6, readout: 'mean' })
  expect(await preparePublication(out, bert.directory)).toMatchObject({ task: 'films', warnings: [] })
})

describe('what cannot be adopted leaves nothing behind', () => {
  const out = join(folder, 'nothing')
  const wrong: [string, string[], number, string][] = [
    ['no labels', [peft, '--task', 'a', '--template', '{text}'], 2, '--labels'],
    ['one label', [peft, '--task', 'a', '--template', '{text}', '--labels', 'only'], 2, 'at least two'],
    ['a template without its text', [peft, '--task', 'a', '--template', 'x', '--labels', 'a,b'], 2, '{text} exactly once'],
    ['a task that is no name', [peft, '--task', 'A B', '--template', '{text}', '--labels', 'a,b'], 2, "A task's name"],
    ['a verbalizer for no label', [peft, ...task, '--verbalizers', 'refund=back'], 2, 'refund'],
    ['a verbalizer twice', [peft, ...task, '--verbalizers', 'billing=a, billing=b'], 2, 'has label "billing" twice'],
    ['a label twice', [peft, '--task', 'a', '--template', '{text}', '--labels', 'a,a'], 2, 'each label once'],
    ['no folder', ['test/referense', ...task], 1, 'no such folder'],
    ['no package', ['test/reference', ...task], 1, 'adapter_config.json'],
    ['more tokens than the context', [peft, ...task, '--max-tokens', '1000'], 1, '128 positions'],
  ]
  test.each(wrong)('%s', async (_what, args, expected, message) => {
    const { code, stderr } = await run(...args, '--out', out)
    expect(code, stderr).toBe(expected)
    expect(stderr).toContain(message)
    expect(() => readPromptFolder(out)).toThrow(expect.objectContaining({ code: 'invalid_prompt' }))
  })

  test('a package of ours, whose label rows would be lost', async () => {
    const own = join(folder, 'own')
    expect(await run(peft, ...task, '--out', own)).toMatchObject({ code: 0 })
    expect(await run(own, ...task, '--out', own)).toMatchObject({ code: 2, stderr: expect.stringContaining('a prompt package already') })
  })

  test('a folder that holds something else is left alone', async () => {
    await mkdir(join(folder, 'full'))
    await writeFile(join(folder, 'full', 'thesis.txt'), 'years of work')
    expect(await run(peft, ...task, '--out', join(folder, 'full'))).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('thesis.txt'),
    })
    expect(await run(peft, ...task, '--out', peft)).toMatchObject({ code: 2, stderr: expect.stringContaining('reference.safetensors') })
  })
})
