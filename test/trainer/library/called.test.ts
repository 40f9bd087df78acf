import { expect, test } from 'vitest'
import { z } from 'zod'
import { SoftPromptError } from '../../../shared/error.ts'
import { called } from '../../../trainer/library/called.ts'
import { begun, telling } from '../../../trainer/library/run.ts'

interface Event {
  readonly type: string
  readonly message?: string
}

/** Work that tells once and goes on until it is stopped. */
const endless = (options: { signal?: AbortSignal } = {}) =>
  begun(
    called('count', z.object({ signal: z.any().optional() }), options, (signal) =>
      telling<Event, object>(async (tell) => {
        tell({ type: 'note', message: 'Leave out --resume.' })
        return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
      }),
    ),
  )

test('work is stopped by who leaves its loop', async () => {
  const run = endless()
  for await (const event of run) {
    expect(event.message).toBe('Leave out resume: true.')
    break
  }
  await expect(run).rejects.toMatchObject({ code: 'interrupted' })
})

test('work is stopped by its signal, whose reason is the cause', async () => {
  const controller = new AbortController()
  const run = endless({ signal: controller.signal })
  for await (const _ of run) {
    controller.abort('enough')
    break
  }
  const error = await run.catch((error) => error)
  expect(error).toBeInstanceOf(SoftPromptError)
  const later = endless({ signal: controller.signal })
  await expect(later).rejects.toMatchObject({ code: 'interrupted', cause: 'enough' })
})
