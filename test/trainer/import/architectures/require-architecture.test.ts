import { expect, test } from 'vitest'
import { bert } from '../../../../trainer/import/architectures/bert.ts'
import { llama } from '../../../../trainer/import/architectures/llama.ts'
import { requireArchitecture } from '../../../../trainer/import/architectures/require-architecture.ts'

test('a model is of the architecture that its card names', () => {
  expect(requireArchitecture({ name: 'any', architecture: 'bert' })).toBe(bert)
  expect(requireArchitecture({ name: 'any', architecture: 'llama' })).toBe(llama)
})

test.each(['mamba', 'constructor', 'toString'])('%s is refused, with those that are known', (architecture) => {
  expect(() => requireArchitecture({ name: 'any', architecture })).toThrow(
    expect.objectContaining({
      code: 'unsupported',
      message: expect.stringMatching(`through model any: its architecture is ${architecture}, and bert, llama are supported here`),
    }),
  )
})
