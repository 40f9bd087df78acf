import { expect, it, vi } from 'vitest'
import type { Store } from '../../shared/engine/store.ts'
import { nodeSettings } from '../../worker/node/defaults.ts'
import { nodeServices } from '../../worker/node/hosts.ts'
import { watch } from '../../worker/node/watch.ts'
import { memoryStore } from '../fixtures/memory-store.ts'
import { logOf } from '../fixtures/upload.ts'

const version = (digit: string) => ({ prompt: digit.repeat(64), base: digit.repeat(64), models: { int8: digit.repeat(64) } })

it('goes on after whatever goes wrong: at one task, at the list, or with a pointer that is gone and comes back', async () => {
  const objects: Record<string, string> = { 'tasks/spam.json': JSON.stringify(logOf(version('1'))), 'tasks/zzz.json': '{}' }
  const sound = memoryStore(objects)
  let defect: string | null = null
  const store: Store = {
    ...sound,
    read: (key, limit) => (key === defect ? Promise.reject(new TypeError('no read')) : sound.read(key, limit)),
    list: (...given) => {
      if (defect === 'list') throw new TypeError('no list')
      return sound.list(...given)
    },
  }
  const told: string[] = []
  const stop = new AbortController()
  const services = nodeServices({ store, settings: nodeSettings({}), apiKeys: undefined, cores: 1 })
  const watching = watch(services, 5, stop.signal, (line) => told.push(line))
  const tells = async (line: RegExp) => {
    await vi.waitFor(() => expect(told).not.toEqual([]), { timeout: 60_000 })
    expect(told.shift()).toMatch(line)
  }
  await tells(/^Cannot look at task zzz: .*zzz/) // the last of the first round
  Object.assign(objects, { 'tasks/aaa.json': '{}', 'tasks/spam.json': JSON.stringify(logOf(version('2'))) })
  await tells(/^Cannot look at task aaa: /)
  await tells(/^Task spam cannot be answered: .*2222/)
  defect = 'tasks/spam.json'
  await tells(/^Cannot look at task spam: TypeError: no read$/)
  defect = 'list'
  await tells(/^Cannot look for changes: TypeError: no list$/)
  defect = null
  delete objects['tasks/spam.json']
  await tells(/^Task spam is not published any more\.$/)
  objects['tasks/spam.json'] = JSON.stringify(logOf(version('2')))
  await tells(/^Task spam cannot be answered: .*2222/)
  expect(told).toEqual([])
  stop.abort()
  await watching
  await services.close()
})
