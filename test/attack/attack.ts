import type { Findings } from './findings.ts'

/** What an attack may be told, by the names of the command line. Each has a default. */
export type Options = Readonly<Record<string, number>>

/** One attack: tries what could break the project, and notes in `findings` what did. */
export interface Attack {
  readonly about: string
  /** The whole numbers that it takes, with their defaults. */
  readonly options: Options
  run(findings: Findings, options: Options): Promise<Readonly<Record<string, unknown>>>
}
