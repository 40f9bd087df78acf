/** `work`'s value; the reason of `signal` is thrown where that is aborted before, and what comes of `work` then is nobody's. */
export async function unlessAborted<Value>(signal: AbortSignal, work: Promise<Value>): Promise<Value> {
  let stop = () => {}
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason)
    if (signal.aborted) stop()
    signal.addEventListener('abort', stop, { once: true })
  })
  try {
    return await Promise.race([aborted, work])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

/**
 * A controller that is aborted once one of `signals` is, until it is let go of. What `AbortSignal.any` gives may be collected as garbage, and
 * with it the abort, while a fetch still waits for it (Node 20).
 */
export function abortedWith(signals: readonly AbortSignal[]): AbortController & { letGo(): void } {
  const controller = new AbortController()
  const relays = signals.map((signal) => ({ signal, relay: () => controller.abort(signal.reason) }))
  for (const { signal, relay } of relays) {
    if (signal.aborted) relay()
    signal.addEventListener('abort', relay)
  }
  const letGo = () => {
    for (const { signal, relay } of relays) signal.removeEventListener('abort', relay)
  }
  return Object.assign(controller, { letGo })
}
