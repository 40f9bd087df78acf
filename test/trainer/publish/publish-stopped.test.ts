import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { temporaryFolder } from '../../fixtures/imported-model.ts'
import { writeSmallModel } from '../../fixtures/small-model.ts'
import { gone, StartedCommand } from '../../fixtures/started-command.ts'
import { writeRandomPrompt } from '../../fixtures/written-prompt.ts'

const folder = temporaryFolder()
const at = (name: string) => join(folder, name)
const publish = (state: string) => ['publish', at('prompt'), '--model', at('model'), '--persist-to', at(state), '--json']

beforeAll(async () => {
  await writeRandomPrompt(at('prompt'), await writeSmallModel(at('model'), { weightBytes: 2 ** 24 + 5 }), { task: 'spam' })
})

describe.runIf(process.platform === 'linux').concurrent('a publish that is stopped leaves no process behind', () => {
  const moments = {
    'while its bucket opens': (command: StartedCommand) => command.workerd(),
    'while it uploads': async (command: StartedCommand) => {
      await command.shows(/uploading/)
      return command.workerd()
    },
    'while the runtime answers nothing': async (command: StartedCommand) => {
      await command.shows(/uploading/)
      const workerd = await command.workerd()
      process.kill(workerd, 'SIGSTOP')
      return workerd
    },
  }
  const cases = Object.entries(moments).flatMap(([moment, reached]) =>
    (['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGKILL'] as const).map((signal) => ({ moment, reached, signal })),
  )

  test.each(cases)('$moment, by $signal', { timeout: 300_000 }, async ({ moment, reached, signal }) => {
    const command = new StartedCommand(publish(`${moment} ${signal}`))
    const workerd = await reached(command)
    const children = command.children()
    expect(children).toContain(workerd)
    command.child.kill(signal)
    const ended = await command.ended
    await Promise.all(children.map(gone))
    if (signal === 'SIGHUP' || signal === 'SIGKILL') return expect(ended).toMatchObject({ code: null, signal })
    expect(ended).toMatchObject({ code: 130, signal: null })
    expect(JSON.parse(ended.stdout)).toMatchObject({ error: { code: 'interrupted', message: expect.stringMatching(/^Interrupted/) } })
  })
})

test('a Ctrl-C of a terminal, which reaches the runtime too, is told as one', async () => {
  const command = new StartedCommand(publish('terminal'))
  await command.shows(/uploading/)
  process.kill(-(command.child.pid as number), 'SIGINT')
  const { code, stdout } = await command.ended
  expect(code).toBe(130)
  expect(JSON.parse(stdout)).toMatchObject({
    error: { code: 'interrupted', message: expect.stringContaining('before the task was changed') },
  })
})
