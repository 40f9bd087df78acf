/** Values by key, the least recently used dropped so that their sizes add up to at most `max` bytes. */
export class ByteCache<Value extends { readonly bytes: number }> {
  readonly #max: number
  readonly #dropped: (value: Value) => void
  /** A Map keeps the order of insertion; every use inserts anew, so the first is the least recently used. */
  readonly #values = new Map<string, Value>()
  #bytes = 0

  constructor(max: number, dropped: (value: Value) => void = () => {}) {
    this.#max = max
    this.#dropped = dropped
  }

  get size(): number {
    return this.#values.size
  }

  get bytes(): number {
    return this.#bytes
  }

  get(key: string): Value | undefined {
    const value = this.#values.get(key)
    if (value === undefined) return undefined
    this.#values.delete(key)
    this.#values.set(key, value)
    return value
  }

  /** Keeps `value` until there is need of room. One larger than all the room is not kept. */
  set(key: string, value: Value): void {
    this.drop(key)
    if (value.bytes > this.#max) {
      this.#dropped(value)
      return
    }
    this.makeRoom(value.bytes)
    this.#values.set(key, value)
    this.#bytes += value.bytes
  }

  /** Drops the least recently used until `bytes` more fit, or nothing is left. */
  makeRoom(bytes: number): void {
    for (const key of this.#values.keys()) {
      if (this.#bytes + bytes <= this.#max) return
      this.drop(key)
    }
  }

  /** Forgets `key`. */
  drop(key: string): void {
    const value = this.#values.get(key)
    if (value === undefined) return
    this.#values.delete(key)
    this.#bytes -= value.bytes
    this.#dropped(value)
  }
}
