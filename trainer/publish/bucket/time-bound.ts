/** How long a bucket may take to answer a call. */
export interface TimeBound {
  /** Milliseconds for the call itself. */
  readonly patience: number
  /** The slowest that bytes may come or go. */
  readonly bytesPerSecond: number
}

/** For a part of 8 MiB that is 38 s on a local disk, and 2 min 38 s over a line of half a Mbit/s: less than the 5 min after which fetch gives up. */
export const timeBounds = {
  local: { patience: 30_000, bytesPerSecond: 2 ** 20 },
  remote: { patience: 30_000, bytesPerSecond: 2 ** 16 },
} as const satisfies Record<string, TimeBound>

/** How many milliseconds a bucket may take to open. For the remote one, wrangler may wait for a login in the browser. */
export const openingBounds = { local: 60_000, remote: 300_000 } as const

/** How many milliseconds a command that ends waits for what it cleans up. */
export const endingBound = 2000

/** The milliseconds that a call with `bytes` may take. */
export function allowed({ patience, bytesPerSecond }: TimeBound, bytes: number): number {
  return patience + (1000 * bytes) / bytesPerSecond
}
