import { describe, expect, test } from 'vitest'
import { runScript } from '../../fixtures/child-process.ts'
import { hasTerminal, runInTerminal } from '../../fixtures/in-terminal.ts'

const asking = new URL('../../fixtures/ask-and-tell.ts', import.meta.url)

describe.skipIf(!hasTerminal)('in a terminal', () => {
  test.each([
    ['y', 'y\r'],
    ['yes, in any letters', ' Yes \r'],
  ])('%s goes on', async (_, keys) => {
    const { code, screen } = await runInTerminal(asking, [], /Do it\? \[y\/N\]/, keys)
    expect(screen).toContain('It is done.')
    expect(code).toBe(0)
  })

  test.each([
    ['n', 'n\r'],
    ['nothing', '\r'],
    ['anything else', 'yesterday\r'],
    ['Ctrl-C', '\u0003'],
    ['Ctrl-D', '\u0004'],
  ])('%s does not', async (_, keys) => {
    const { code, screen } = await runInTerminal(asking, [], /Do it\? \[y\/N\]/, keys)
    expect(screen).toContain('softprompt: Nothing was changed: the answer was not yes.')
    expect(screen).not.toContain('It is done.')
    expect(code).toBe(130)
  })

  test('a signal to stop does not', async () => {
    const { code, screen } = await runInTerminal(asking, [], /Do it\? \[y\/N\]/, (shown) =>
      process.kill(Number(/I am (\d+)/.exec(shown)![1]), 'SIGTERM'),
    )
    expect(screen).toContain('softprompt: Nothing was changed: the answer was not yes.')
    expect(code).toBe(130)
  })

  test('--yes is not asked', async () => {
    const { code, screen } = await runInTerminal(asking, ['--yes'], /never/, '')
    expect(screen).toBe('It is done.\r\n')
    expect(code).toBe(0)
  })
})

test('without a terminal nobody is asked: it is wrong use, or done with --yes', async () => {
  expect(await runScript(asking, [])).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringMatching(/Cannot ask whether to do it: .*--yes/),
  })
  expect(await runScript(asking, ['--yes'])).toMatchObject({ code: 0, stdout: 'It is done.\n', stderr: '' })
})
