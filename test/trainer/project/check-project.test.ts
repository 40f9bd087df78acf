import { describe, expect, test } from 'vitest'
import { SoftPromptError } from '../../../shared/error.ts'
import { checkProject } from '../../../trainer/project/check-project.ts'
import { projectSchema } from '../../../trainer/project/project-file.ts'

const good = { tasks: { routing: { train: 'train.jsonl' } } }
const task = (rest: object) => ({ tasks: { routing: { train: 'train.jsonl', ...rest } } })

/** All that is said of a project file. */
function said(content: unknown): string[] {
  try {
    checkProject(content, 'softprompt.config.yaml')
  } catch (error) {
    if (!(error instanceof SoftPromptError)) throw error
    expect(error.code).toBe('usage')
    expect(error.message).toMatch(/^Cannot use softprompt\.config\.yaml: /)
    return error.details.length > 0 ? [...error.details] : [error.message.replace('Cannot use softprompt.config.yaml: ', '')]
  }
  return []
}

test('a project file is taken as it is', () => {
  expect(checkProject(good, 'it')).toEqual(good)
  const full = {
    $schema: 'somewhere',
    model: 'models/x',
    runs: 'out',
    bucket: 's3://bucket/prefix',
    threads: 2,
    defaults: { textColumn: 'body', labelColumn: 'kind', minimum: { accuracy: 0.9, macroF1: 0.8 }, steps: 100 },
    tasks: {
      a: { train: ['a/*.jsonl', 'b.csv'], dev: 'dev.csv', test: 'test.csv', verbalizers: { spam: 'advertisement' }, probe: false },
      b: { train: 'b.csv', method: 'prompt', learningRate: 0.1, template: 'It is {text}' },
    },
  }
  expect(checkProject(full, 'it')).toEqual(full) // nothing is filled in: what is said here is all that was said
})

describe('what is wrong is told with its place and the way out', () => {
  test.each<[string, unknown, string]>([
    ['nothing in it', {}, 'tasks is missing.'],
    ['no object', [], 'the file is [],'],
    ['no task', { tasks: {} }, 'tasks is {}, which cannot be: has no task.'],
    ['tasks in a list', { tasks: [{ train: 'a' }] }, 'tasks is [{"train":"a"}],'],
    ['an unknown key', { ...good, taks: 1 }, 'taks: there is no such key. Did you mean tasks?'],
    ['an unknown key that is like none', { ...good, colour: 1 }, 'colour: there is no such key. The keys there are $schema, runs,'],
    ['a task’s key beside the tasks', { ...good, minimum: {} }, 'minimum: there is no such key. It belongs to a task, or under defaults.'],
    ['a misspelt key of a task', task({ tran: 'x' }), 'tasks.routing.tran: there is no such key. Did you mean train?'],
    ['a misspelt setting', task({ learningrate: 1 }), 'tasks.routing.learningrate: there is no such key. Did you mean learningRate?'],
    ['a misspelt default', { ...good, defaults: { stesp: 3 } }, 'defaults.stesp: there is no such key. Did you mean steps?'],
    ['files among the defaults', { ...good, defaults: { train: 'x' } }, 'defaults.train: there is no such key.'],
    ['no training data', { tasks: { routing: {} } }, 'tasks.routing.train is missing. It is files of examples to learn from'],
    ['an empty path', task({ dev: '' }), 'tasks.routing.dev is ""'],
    ['a path that is a number', task({ dev: 3 }), 'tasks.routing.dev is 3, which cannot be: must be a path, a glob, or a list of them.'],
    ['nothing at all', null, 'it is empty. It states tasks, such as tasks: { routing: { train: "routing.csv" } }'],
    ['a task that is a path', { tasks: { routing: 'x.csv' } }, 'tasks.routing is "x.csv", which cannot be: '],
    [
      'two models for all',
      { ...good, model: 'a', defaults: { model: 'b' } },
      'defaults.model is "b", which cannot be: the model is named at the top of the file too',
    ],
    ['no paths', task({ train: [] }), 'tasks.routing.train is []'],
    ['a task’s name', { tasks: { 'a b': { train: 'x' } } }, 'tasks.a b cannot be: must be 1 to 64 of a-z'],
    ['data beside the tasks', { ...good, train: 'x' }, 'train: there is no such key. It belongs to a task.'],
    ['an unknown method', task({ method: 'lora' }), 'tasks.routing.method is "lora", which cannot be: '],
    ['steps that are no number', task({ steps: 'many' }), 'tasks.routing.steps is "many", which cannot be: '],
    ['steps below one', task({ steps: 0 }), 'tasks.routing.steps is 0, which cannot be: '],
    ['half a step', task({ steps: 1.5 }), 'tasks.routing.steps is 1.5, which cannot be: '],
    ['a learning rate below zero', task({ learningRate: -1 }), 'tasks.routing.learningRate is -1'],
    ['a learning rate that is none', task({ learningRate: Number.NaN }), 'tasks.routing.learningRate is '],
    ['a template without the text', task({ template: 'It is' }), 'tasks.routing.template is "It is", which cannot be: must hold {text}'],
    ['an unknown metric', task({ minimum: { acuracy: 1 } }), 'tasks.routing.minimum.acuracy: there is no such key. Did you mean accuracy?'],
    ['a minimum in percent', task({ minimum: { accuracy: 90 } }), 'tasks.routing.minimum.accuracy is 90'],
    ['a minimum that is a number', task({ minimum: 0.9 }), 'tasks.routing.minimum is 0.9'],
    [
      'a loss as a minimum',
      task({ minimum: { loss: 0.9 } }),
      'tasks.routing.minimum.loss: there is no such key. The keys there are accuracy,',
    ],
    ['verbalizers in a list', task({ verbalizers: ['a'] }), 'tasks.routing.verbalizers is ["a"]'],
    ['a verbalizer without a word', task({ verbalizers: { a: '' } }), 'tasks.routing.verbalizers.a is ""'],
    ['a switch that is a text', task({ probe: 'no' }), 'tasks.routing.probe is "no"'],
    ['too many threads', { ...good, threads: 1000 }, 'threads is 1000'],
  ])('%s', (_, content, wanted) => {
    expect(said(content).join('\n')).toContain(wanted)
  })

  test('all of it at once', () => {
    expect(said({ ...task({ tran: 1, steps: 'x', dev: 7 }), colour: 2 })).toHaveLength(4)
  })

  test('without what a terminal would obey', () => {
    expect(said({ ...good, '\u001b[2Jevil': 1 }).join()).not.toContain('\u001b')
  })
})

test('an editor’s schema knows the fields, what they are for and their bounds', () => {
  const schema = projectSchema() as {
    properties: { tasks: { additionalProperties: { properties: Record<string, object>; required: string[] } } }
  }
  const { properties, required } = schema.properties.tasks.additionalProperties
  expect(required).toEqual(['train'])
  expect(properties.steps).toMatchObject({ type: 'integer', minimum: 1, description: expect.stringContaining('the most steps') })
  expect(properties.optimizer).toMatchObject({
    enum: expect.arrayContaining(['adamw']),
    description: expect.stringContaining('(default: adamw)'),
  })
})
