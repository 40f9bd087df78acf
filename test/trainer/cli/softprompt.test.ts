import { expect, test } from 'vitest'
import packageJson from '../../../package.json' with { type: 'json' }
import { softprompt } from '../../fixtures/command-line.ts'

test.concurrent('the program prints to standard output and exits with 0', async () => {
  expect(await softprompt(['--version'])).toMatchObject({ code: 0, stdout: `${packageJson.version}\n`, stderr: '' })
})

test.concurrent('wrong use exits with 2', async () => {
  const { code, stdout, stderr } = await softprompt(['nonsense'])
  expect(stderr).toMatch(/unknown command 'nonsense'/)
  expect(code).toBe(2)
  expect(stdout).toBe('')
})

test.concurrent('a command that fails exits with 1, with a message, no stack and one JSON object', async () => {
  const { code, stdout, stderr, json } = await softprompt(['import', 'test/nowhere', '--out', 'test/nowhere-either', '--json'])
  expect(code).toBe(1)
  expect(stderr).toMatch(/there is no such folder/)
  expect(stderr).not.toMatch(/^ +at /m)
  expect(json).toMatchObject({ error: { code: 'invalid_model', message: expect.stringMatching(/there is no such folder/) } })
  expect(stdout).toBe(`${JSON.stringify(json)}\n`)
})
