import { expect, it } from 'vitest'
import { SoftPromptError } from '../../../shared/error.ts'
import { engineProblem } from '../../../worker/playground/engine-problem.ts'

const off = 'switch “Run in this browser” off, so that the service answers.'

it.each([
  [
    new SoftPromptError('unsupported', 'load it with device "auto"', { details: ['no WebGPU', 'no format'] }),
    `It can’t run as chosen: no WebGPU; no format. Choose another device, or ${off}`,
  ],
  [
    new SoftPromptError('unauthorized', 'Send one as "Authorization: Bearer KEY".'),
    'The service refuses the API key that this page has. Reload the page, and enter another.',
  ],
  [
    new SoftPromptError('interrupted', 'Load them again with loadTask.'),
    `The model ended in this browser, perhaps for want of memory. Classify again to load it anew, or ${off}`,
  ],
  [new SoftPromptError('storage', 'Cannot load it: Failed to fetch.'), `Cannot load it: Failed to fetch. Try again, or ${off}`],
  [new TypeError('Failed to fetch'), `Failed to fetch. Try again, or ${off}`],
])('%s is said by the controls of the page', (error, said) => {
  expect(engineProblem(error)).toBe(said)
})
