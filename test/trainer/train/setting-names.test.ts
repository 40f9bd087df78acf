import { expect, test } from 'vitest'
import { inNames } from '../../../trainer/train/setting-names.ts'

const inProject = (setting: string) => `tasks.routing.${setting}`

test.each([
  [
    'Dev was still improving: try more steps, such as --steps 600.',
    'Dev was still improving: try more steps, such as tasks.routing.steps: 600.',
  ],
  ['more steps may do better (--steps 24).', 'more steps may do better (tasks.routing.steps: 24).'],
  ['try another --learning-rate or --method.', 'try another tasks.routing.learningRate or tasks.routing.method.'],
  ['prefer it, with --method probe.', 'prefer it, with tasks.routing.method: probe.'],
  ['--method probe may be all that this task needs.', 'tasks.routing.method: probe may be all that this task needs.'],
  ['or leave out --head fixed.', 'or leave out tasks.routing.head: fixed.'],
  ['Start them with --head-init words or probe.', 'Start them with tasks.routing.headInit: words or probe.'],
  ['leave out --no-probe.', 'leave out tasks.routing.probe: false.'],
  ['with --max-tokens 300: the context', 'with tasks.routing.maxTokens: 300: the context'],
  ['name others with --dev.', 'name others with tasks.routing.dev.'],
  [
    'say with --text-column and --label-column which two to read.',
    'say with tasks.routing.textColumn and tasks.routing.labelColumn which two to read.',
  ],
  ['name one with --junit, or --url X; a --dash and -- stay', 'name one with --junit, or --url X; a --dash and -- stay'],
])('%s', (message, wanted) => {
  expect(inNames(inProject, message)).toBe(wanted)
})
