/** How long a bucket may take to answer a call. */
export interface TimeBound {
  /** Milliseconds for the call itself. */
  readonly patience: number
  /** The slowest that bytes may come or go. */
  readonly bytesPerSecond: number
}

/** For a part of 16 MiB 46 s on the own disk, and 4 min 46 s over a line as slow as half a Mbit/s, which is less than Node's own 5 min. */
export const timeBounds = {
  local: { patience: 30_000, bytesPerSecond: 2 ** 20 },
  remote: { patience: 30_000, bytesPerSecond: 2 ** 16 },
} as const satisfies Record<string, TimeBound>

/** Milliseconds until a bucket counts as open no more: the remote one waits for a login in the browser. */
export const openingBounds = { local: 60_000, remote: 300_000 } as const

/** Milliseconds until what goes on while a command ends is given up. */
export const endingBound = 2000

/** The milliseconds that a call with `bytes` may take. */
export function allowed({ patience, bytesPerSecond }: TimeBound, bytes: number): number {
  return patience + (1000 * bytes) / bytesPerSecond
}
