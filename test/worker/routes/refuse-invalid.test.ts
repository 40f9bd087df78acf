import { describe, expect, it } from 'vitest'
import { post, refusal } from '../../fixtures/worker/ask.ts'

const path = '/v1/tasks/mood/classify'

describe('a body is refused with the field at fault', () => {
  it.each([
    ['no input', path, {}, 'input'],
    ['a number', path, { input: 3 }, 'input'],
    ['null', path, { input: null }, 'input'],
    ['a list with a number', path, { input: ['good', 3] }, 'input'],
    ['an empty list', path, { input: [] }, 'input'],
    ['a list for the whole body', path, [], null],
    ['a text for the whole body', path, 'Lovely.', null],
    ['no inputs', '/v1/classify', {}, 'inputs'],
    ['empty inputs', '/v1/classify', { inputs: [] }, 'inputs'],
    ['inputs that are texts', '/v1/classify', { inputs: ['Lovely.'] }, 'inputs.0'],
    ['an input without a task', '/v1/classify', { inputs: [{ task: 'mood', input: 'Lovely.' }, { input: 'Lovely.' }] }, 'inputs.1.task'],
    ['an input without a text', '/v1/classify', { inputs: [{ task: 'mood', input: ['Lovely.'] }] }, 'inputs.0.input'],
  ])('%s', async (_, where, body, param) => {
    expect(await refusal(post(where, body))).toMatchObject({ status: 400, code: 'invalid_request', type: 'invalid_request_error', param })
  })
})
