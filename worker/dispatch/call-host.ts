import { type HostApi, type Reply, unwrap } from '../protocol.ts'
import type { Services } from '../services.ts'
import { underWay } from './choose-host.ts'

/** What `ask` gets from the host `name`, counted as under way there. Throws what the host failed with. */
export function callHost<Value>(services: Services, name: string, ask: (host: HostApi) => Promise<Reply<Value>>): Promise<Value> {
  return underWay(name, async () => unwrap(await services.reach(name, ask)))
}
