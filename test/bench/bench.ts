/** One benchmark: measures, tells people through `log`, and returns the figures. */
export interface Bench {
  readonly about: string
  /** Options that it takes besides --json, each with a value. */
  readonly options?: readonly string[]
  run(log: (line: string) => void, options: Readonly<Record<string, string | undefined>>): Promise<Record<string, unknown>>
}
