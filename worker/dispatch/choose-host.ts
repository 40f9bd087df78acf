/** Requests that this isolate has under way, by host. */
const inFlight = new Map<string, number>()

/** The numbers of the two hosts, of `hosts`, that may serve a prompt: always the same two, so that its prefix is kept there. */
export function candidates(prompt: string, hosts: number): [number, number] {
  const first = Number.parseInt(prompt.slice(0, 8), 16) % hosts
  if (hosts === 1) return [0, 0]
  return [first, (first + 1 + (Number.parseInt(prompt.slice(8, 16), 16) % (hosts - 1))) % hosts]
}

/** The name of the candidate with fewer requests under way. */
export function chooseHost(model: string, region: string | null, prompt: string, hosts: number): string {
  const [first, second] = candidates(prompt, hosts).map((n) => `${model}:${region ?? 'any'}:${n}`) as [string, string]
  return (inFlight.get(second) ?? 0) < (inFlight.get(first) ?? 0) ? second : first
}

/** Does `work` at `host`, counting it as under way. */
export async function underWay<Value>(host: string, work: () => Promise<Value>): Promise<Value> {
  inFlight.set(host, (inFlight.get(host) ?? 0) + 1)
  try {
    return await work()
  } finally {
    const left = (inFlight.get(host) ?? 0) - 1
    if (left > 0) inFlight.set(host, left)
    else inFlight.delete(host)
  }
}
