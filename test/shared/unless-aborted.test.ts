import { expect, it } from 'vitest'
import { unlessAborted } from '../../shared/unless-aborted.ts'

const never = new Promise<string>(() => {})

it('gives what the work gives, or throws what it throws', async () => {
  const { signal } = new AbortController()
  expect(await unlessAborted(signal, Promise.resolve('done'))).toBe('done')
  await expect(unlessAborted(signal, Promise.reject(new Error('broken')))).rejects.toThrow('broken')
})

it('throws the reason once it is aborted, however long the work goes on', async () => {
  const call = new AbortController()
  const waiting = unlessAborted(call.signal, never)
  call.abort(new Error('too late'))
  await expect(waiting).rejects.toThrow('too late')
  await expect(unlessAborted(call.signal, never)).rejects.toThrow('too late')
  await expect(unlessAborted(call.signal, Promise.reject(new Error('unheard')))).rejects.toThrow('too late')
})
