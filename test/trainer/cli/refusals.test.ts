import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { trainCommand } from '../../../trainer/cli/commands/train.ts'
import { examplesOfTwoKinds, linesOf } from '../../fixtures/examples.ts'
import { temporaryFolder } from '../../fixtures/imported-model.ts'
import { runInProcess } from '../../fixtures/run-in-process.ts'
import { writeSmallModel } from '../../fixtures/small-model.ts'

// What cannot be trained is refused with its place, what stands there, and the way out: before the model is loaded, which could not be.

const folder = temporaryFolder()
const at = (name: string) => join(folder, name)

beforeAll(async () => {
  await writeSmallModel(at('model'))
  writeFileSync(at('model/model.onnx'), 'not a graph')
  writeFileSync(at('good.jsonl'), linesOf(examplesOfTwoKinds))
  writeFileSync(
    at('several.jsonl'),
    linesOf(examplesOfTwoKinds.map((example) => ({ ...example, label: undefined as never, labels: [example.label] }))),
  )
  mkdirSync(at('empty'))
  mkdirSync(at('splits'))
  for (const name of ['train.csv', 'train.jsonl']) cpSync(at('good.jsonl'), at(`splits/${name}`))
  mkdirSync(at('thesis'))
  writeFileSync(at('thesis/thesis.txt'), 'years of work')
})

/** All that is said of what is refused. */
async function refused(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await runInProcess([trainCommand], 'train', ...args)
  expect(stdout).toBe('')
  expect(stderr).not.toMatch(/^ {4}at |Learning/m)
  expect([1, 2]).toContain(code)
  return stderr
}

describe('a project file', () => {
  const task = (rest: object, others: object = {}) => ({ model: 'model', tasks: { kind: { train: 'good.jsonl', ...rest } }, ...others })
  test.each<[string, string | object, readonly string[]]>([
    ['empty', '# nothing yet', ['softprompt.config.yaml', 'it is empty', 'softprompt init writes one']],
    ['that is no YAML', 'tasks:\n  kind: {train: x', ['Cannot read', 'softprompt.config.yaml']],
    ['that is a text', 'tasks', ['softprompt.config.yaml', 'tasks is missing']],
    ['without tasks', { model: 'model' }, ['tasks is missing', 'It is what is trained: each task by its name.']],
    ['with a misspelt key', task({ tran: 'x' }), ['tasks.kind.tran', 'Did you mean train?']],
    ['with a task’s key beside the tasks', task({}, { minimum: {} }), ['minimum: ', 'It belongs to a task, or under defaults.']],
    [
      'whose tasks are a list',
      { tasks: [{ train: 'good.jsonl' }] },
      ['tasks is [{"train":"good.jsonl"}]', 'tasks by their names, such as'],
    ],
    ['whose task is a path', { tasks: { kind: 'good.jsonl' } }, ['tasks.kind is "good.jsonl"', 'such as { train: "routing.csv" }']],
    ['whose task is nothing', 'tasks:\n  kind:\n', ['tasks.kind is null', 'such as { train: "routing.csv" }']],
    ['with a minimum of no metric', task({ minimum: 0.9 }), ['tasks.kind.minimum is 0.9', 'such as { accuracy: 0.9 }']],
    ['with a misspelt metric', task({ minimum: { acuracy: 0.9 } }), ['tasks.kind.minimum.acuracy', 'Did you mean accuracy?']],
    [
      'with a minimum in percent',
      task({ minimum: { accuracy: 90 } }),
      ['tasks.kind.minimum.accuracy is 90', '<=1', 'It is what a package must reach'],
    ],
    ['with a path that is a number', task({ train: 5 }), ['tasks.kind.train is 5', 'must be a path, a glob, or a list of them']],
    ['with a task of no name', { tasks: { 'my task': { train: 'good.jsonl' } } }, ['tasks.my task', 'must be 1 to 64']],
    ['with an unknown method', task({ method: 'lora' }), ['tasks.kind.method is "lora"', '"prefix"']],
    ['with steps that are no number', task({ steps: '100' }), ['tasks.kind.steps is "100"', 'expected number', 'It is the most steps']],
    ['with a template that has no place for the text', task({ template: 'It is' }), ['tasks.kind.template is "It is"', 'must hold {text}']],
    ['with a file that is not there', task({ dev: 'nowhere.csv' }), ['tasks.kind.dev is nowhere.csv', 'there is no such file']],
    ['with a glob that matches nothing', task({ train: 'data/*.csv' }), ['tasks.kind.train is data/*.csv', 'there is no such file']],
    ['with a model that is none', task({ model: 'empty' }), ['tasks.kind.model is empty', 'softprompt import makes one']],
    ['with two models for all', task({}, { defaults: { model: 'model' } }), ['defaults.model is "model"', 'leave one of them out']],
    ['with a bucket of another kind', task({}, { bucket: 'ftp://host/prompts' }), ['bucket is "ftp://host/prompts"', 'must be a folder, or s3://bucket/prefix']], // biome-ignore format: one case
    ['with a verbalizer of no label', task({ verbalizers: { wood: 'tree' } }), ['tasks.kind: ', 'wood=tree', 'fruit, metal']],
    ['with a text to begin from that nothing takes', task({ initText: 'x' }), ['tasks.kind.initText', 'add tasks.kind.init: text']],
    [
      'with label rows that begin as a probe that is left out',
      task({ headInit: 'probe', probe: false }),
      ['tasks.kind: ', 'leave out tasks.kind.probe: false'],
    ],
    [
      'with a prompt that leaves no room for a row',
      task({ virtualTokens: 500, maxTokens: 100 }),
      ['500 virtual tokens', 'tasks.kind.maxTokens: 100', '512 positions'],
    ],
    ['with as many virtual tokens as positions', task({ virtualTokens: 512 }), ['512 virtual tokens', '512 positions', 'Lower']],
    ['with a template as long as a row', task({ template: '({text})', maxTokens: 3 }), ['({text})', 'it has 3 tokens of the 3']],
    ['with a setting of one label for several', task({ train: 'several.jsonl', zLoss: 0.1 }), ['tasks.kind.zLoss', 'several labels']],
    [
      'with settings of steps for a probe',
      task({ method: 'probe', dropout: 0.1, labelSmoothing: 0.1 }),
      ['tasks.kind.dropout, tasks.kind.labelSmoothing with tasks.kind.method: probe', 'Leave out one or the other'],
    ],
    ['with thresholds of no precision', task({ thresholds: 'label' }), ['tasks.kind.thresholds', 'Add tasks.kind.precision']],
    ['with a precision of nothing', task({ precision: 0 }), ['tasks.kind.precision is 0', '>0']],
    ['that begins from no text', task({ init: 'text' }), ['tasks.kind.init: text without a text', 'add tasks.kind.initText']],
    [
      'with fixed label rows that are alike',
      task({ head: 'fixed', verbalizers: { fruit: 'x', metal: 'x' } }),
      ['would have the same row', 'tasks.kind.verbalizers', 'leave out tasks.kind.head: fixed'],
    ],
    [
      'with a column that the data lack',
      task({ labelColumn: 'class' }),
      ['good.jsonl, line 1', 'no field "class"', 'tasks.kind.labelColumn'],
    ],
  ])('%s', async (_, content, wanted) => {
    const file = at('softprompt.config.yaml')
    writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content))
    const said = await refused('--project', file)
    for (const words of wanted) expect(said).toContain(words)
    expect(await refused('--project', file, '--dry-run')).toBe(said)
  })
})

describe('a setting', () => {
  test.each<[readonly string[], readonly string[]]>([
    [
      ['--learning-rate', 'fast'],
      ['--learning-rate', "'fast'", 'must be a number'],
    ],
    [
      ['--batch-size', '0'],
      ['--batch-size', "'0'", 'at least 1'],
    ],
    [
      ['--method', 'lora'],
      ['--method', "'lora'", 'prefix, probe, prompt'],
    ],
    [
      ['--head', 'fixed', '--head-init', 'zeros'],
      ['label rows of zeros', '--head-init words or probe'],
    ],
    [
      ['--head-init', 'probe', '--no-probe'],
      ['from the probe', 'leave out --no-probe, or --head-init probe'],
    ],
    [
      ['--virtual-tokens', '500', '--max-tokens', '100'],
      ['500 virtual tokens', '--max-tokens 100', '512 positions'],
    ],
    [
      ['--template', '({text})', '--max-tokens', '3'],
      ['({text})', 'it has 3 tokens of the 3', 'Shorten it'],
    ],
    [
      ['--method', 'probe', '--dropout', '0.1', '--steps', '9'],
      ['--dropout, --steps with --method probe', 'nothing is learned step by step', 'Leave out one or the other'],
    ],
    [
      ['--method', 'probe', '--no-probe'],
      ['--no-probe with --method probe', 'all that is learned', 'Leave out one or the other'],
    ],
    [
      ['--thresholds', 'label'],
      ['--thresholds without --precision', 'Add --precision'],
    ],
    [
      ['--precision', '0'],
      ['--precision', 'more than 0'],
    ],
    [
      ['--class-weights', '{"fruit": 2, "metal": "three"}'],
      ['--class-weights', 'a number above 0 for each label'],
    ],
    [
      ['--class-weights', '{"wood": 2}'],
      ['wood=2', 'fruit, metal'],
    ],
    [
      ['--class-weights', '{"fruit": 2'],
      ['--class-weights', 'not valid JSON'],
    ],
    [
      ['--init', 'text'],
      ['--init text', 'add --init-text'],
    ],
    [
      ['--train', at('several.jsonl')],
      ['--train', 'It comes after', 'good.jsonl', 'one file or folder is read', 'a project file'],
    ],
    [
      ['--verbalizers', 'fruit'],
      ['--verbalizers', 'label=word'],
    ],
    [
      ['--verbalizers', 'wood=tree'],
      ['wood=tree', 'fruit, metal'],
    ],
    [
      ['--class-weights', 'wood=2'],
      ['wood=2', 'fruit, metal'],
    ],
    [
      ['--text-column', 'a', '--label-column', 'A'],
      ['"a"', 'two different columns'],
    ],
    [
      ['--init-text', 'x'],
      ['--init-text', 'add --init text'],
    ],
    [
      ['--out', at('thesis')],
      ['thesis.txt', 'would be lost', 'Name another folder with --out'],
    ],
    [['--resume'], ['Cannot resume', 'out.checkpoint', 'Leave out --resume']],
    [['--class-weights', 'balanced,fruit=2'], ['must be balanced, or a number above 0 for each label']],
    [
      ['--model', at('empty')],
      ['it has no model.json', 'softprompt import'],
    ],
  ])('%j', async (args, wanted) => {
    const said = await refused('--task', 'kind', '--train', at('good.jsonl'), '--model', at('model'), '--out', at('out'), ...args)
    for (const words of wanted) expect(said).toContain(words)
  })
})

describe('data', () => {
  test.each<[string, string | Uint8Array, readonly string[]]>([
    ['broken.jsonl', '{"text": "a", "label": "b"}\n{"text": "a"', ['broken.jsonl, line 2', 'it is not JSON']],
    ['hole.jsonl', '{"text": "a", "label": "b"}\n{"text": "", "label": "b"}', ['hole.jsonl, line 2', 'field text is empty']],
    ['list.jsonl', '{"text": "a", "label": ["b", {}]}', ['list.jsonl, line 1', 'field label is {}', 'a text, a number, true or false']],
    [
      'ways.jsonl',
      '{"text": "a", "label": "b"}\n{"text": "c", "labels": ["b"]}',
      ['ways.jsonl, line 2', 'a list of labels', 'Write all in one way'],
    ],
    ['other.csv', 'message,class\na,b\n', ['other.csv', '"message", "class"', '--text-column and --label-column']],
    ['open.csv', 'text,label\n"a,b\n', ['open.csv', 'it is not CSV with a header line']],
    ['latin1.csv', Buffer.from('text,label\n\u00e4,b\n', 'latin1'), ['latin1.csv', 'it is not UTF-8', 'Save it as UTF-8']],
    ['none.csv', 'text,label\n', ['none.csv', 'it has no examples']],
    ['one.csv', 'text,label\na,b\nc,b\n', ['one.csv', 'only one label (b)', '2 to ']],
    ['array.json', '[{"text": "a", "label": "b"}', ['array.json, line 1', 'its "]" is missing']],
    ['none.parquet', 'PAR1', ['none.parquet', 'as Parquet', 'Write it again']],
    ['nowhere.jsonl/x', '', ['nowhere.jsonl', 'there is no such file']],
    ['empty', '', ['empty', 'it holds no file that is read here']],
    ['splits', '', ['splits', 'its split train is there more than once', 'Name one of these']],
  ])('%s', async (name, content, wanted) => {
    if (content.length > 0) writeFileSync(at(name), content)
    const said = await refused('--task', 'kind', '--train', at(name), '--model', at('model'), '--out', at('out'))
    for (const words of wanted) expect(said).toContain(words)
  })

  test('of several labels a text with a setting of one', async () => {
    const said = await refused('--task', 'kind', '--train', at('several.jsonl'), '--model', at('model'), '--out', at('out'), '--z-loss', '0.1') // biome-ignore format: one call
    for (const words of ['--z-loss', 'several labels a text']) expect(said).toContain(words)
  })

  test('of which nothing can be held out, or whose dev has other labels', async () => {
    writeFileSync(at('alike.csv'), 'text,label\nA,b\n a,c\n')
    const alone = await refused('--task', 'kind', '--train', at('alike.csv'), '--model', at('model'), '--out', at('out'))
    for (const words of ['Cannot hold out a part of', 'alike.csv', 'name others with --dev']) expect(alone).toContain(words)
    writeFileSync(at('alien.csv'), 'text,label\nflint,stone\n')
    const alien = await refused(
      '--task',
      'kind',
      '--train',
      at('good.jsonl'),
      '--dev',
      at('alien.csv'),
      '--model',
      at('model'),
      '--out',
      at('out'),
    )
    for (const words of ['alien.csv', '"stone"', 'fruit, metal']) expect(alien).toContain(words)
  })
})

describe('what was found in the examples is told of with --quiet too, and what is there is not', () => {
  test.each([
    [
      'of a task',
      ['--task', 'kind', '--train', at('good.jsonl'), '--dev', at('good.jsonl'), '--model', at('model'), '--out', at('out')],
      'Problem: dev shares',
    ],
    ['of a project', ['--project', at('quiet.config.json')], 'Problem: kind: dev shares'],
  ] as const)('%s', async (_, args, wanted) => {
    const content = { model: 'model', tasks: { kind: { train: 'good.jsonl', dev: 'good.jsonl' } } }
    writeFileSync(at('quiet.config.json'), JSON.stringify(content))
    const { stderr } = await runInProcess([trainCommand], 'train', ...args, '--quiet')
    expect(stderr.split('\n').filter((line) => line.startsWith(wanted))).toHaveLength(1)
    expect(stderr).not.toContain('24 examples')
  })
})

test('the model that stands beside is not what is refused', async () => {
  const said = await runInProcess([trainCommand], 'train', '--task', 'kind', '--train', at('good.jsonl'), '--model', at('model'), '--out', at('out')) // biome-ignore format: one call
  expect(said.stderr).toContain('model.onnx')
})
