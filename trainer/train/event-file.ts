import { closeSync, openSync, rmSync, writeSync } from 'node:fs'
import packageJson from '../../package.json' with { type: 'json' }
import { excerpt, SoftPromptError } from '../../shared/error.ts'
import { checkCard } from '../../shared/formats/card.ts'
import { readFile } from '../disk/read-file.ts'
import { writeWhole } from '../disk/write-whole.ts'
import { EventLine, lineOf, lineTypes } from './event-line.ts'
import type { TrainingEvent } from './events.ts'

/** A million steps have some 100 MB. */
const maxFileBytes = 2 ** 28

/**
 * The events of a run as JSON, one a line, in a file that can be read at any moment: what a killed run was writing is a last line that is
 * not whole. What is told before learning begins is kept in memory until then, since a run that goes on tells it anew.
 */
export class EventFile {
  readonly #path: string
  /** What stands before learning; null once that is in the file. */
  #before: string[] | null
  #file: number | null = null

  constructor(path: string, task: string) {
    this.#path = path
    const first: EventLine = { type: 'run', format: 'softprompt-events', version: 1, task, softprompt: packageJson.version, when: now() }
    this.#before = [textOf(first)]
  }

  add(event: TrainingEvent): void {
    const line = lineOf(event)
    if (line !== null) this.#write(line)
  }

  /**
   * Learning of the run that is known by `run` begins behind `step` steps: what the file has of them stays, and no more. `beside` is where
   * it is written first. Returns what became of lines that can't be read; null where there are none.
   */
  begin(run: string, step: number, beside: string): string | null {
    const { lines, problem } = step === 0 ? { lines: [], problem: null } : stepsSoFar(this.#path, run, step)
    const learning: EventLine = { type: 'learning', run, step, when: now() }
    const text = [...(this.#before ?? []), ...lines.map(textOf), textOf(learning)].join('')
    try {
      writeWhole(this.#path, new TextEncoder().encode(text), beside)
      this.#file = openSync(this.#path, 'a')
    } catch (cause) {
      throw this.#unwritable(cause)
    }
    this.#before = null
    return problem
  }

  /** Everything, with `last` behind it. */
  ended(last: EventLine): Uint8Array {
    this.#write(last)
    if (this.#before !== null) return new TextEncoder().encode(this.#before.join(''))
    const bytes = readFile(this.#path, maxFileBytes, 'invalid_file')
    if (bytes !== null) return bytes
    throw new SoftPromptError('storage', `Cannot read ${this.#path}: it was removed while a training wrote to it. Train again.`)
  }

  close(): void {
    if (this.#file !== null) closeSync(this.#file)
    this.#file = null
  }

  remove(): void {
    this.close()
    rmSync(this.#path, { force: true })
  }

  #write(line: EventLine): void {
    if (this.#before !== null || this.#file === null) {
      this.#before?.push(textOf(line))
      return
    }
    const bytes = new TextEncoder().encode(textOf(line))
    try {
      let written = 0
      while (written < bytes.length) written += writeSync(this.#file, bytes, written)
    } catch (cause) {
      throw this.#unwritable(cause)
    }
  }

  #unwritable(cause: unknown): SoftPromptError {
    const message = `Cannot write ${this.#path}: ${(cause as Error).message}. Fix this, and go on with --resume where a checkpoint is kept.`
    return new SoftPromptError('storage', message, { cause })
  }
}

/** The lines of learning up to `step`, of the file that the run `run` was writing. */
function stepsSoFar(path: string, run: string, step: number): { lines: readonly EventLine[]; problem: string | null } {
  try {
    const lines = readEvents(path) ?? []
    const begun = lines.find(({ type }) => type === 'learning')
    if (begun?.type !== 'learning' || begun.run !== run) return { lines: [], problem: null }
    const later = lines.findIndex(
      (line) => line.type === 'ended' || ((line.type === 'step' || line.type === 'evaluated') && line.step > step),
    )
    return { lines: lines.slice(lines.indexOf(begun), later < 0 ? undefined : later), problem: null }
  } catch (error) {
    if (!(error instanceof SoftPromptError)) throw error
    return { lines: [], problem: `what was told of the steps before is lost: ${error.message}` }
  }
}

/** The lines of an event file, or null where there is none. Throws `invalid_file` with the line that is none; a last one that was cut off is left out. */
export function readEvents(path: string): EventLine[] | null {
  const bytes = readFile(path, maxFileBytes, 'invalid_file')
  if (bytes === null) return null
  const texts = new TextDecoder().decode(bytes).split('\n').slice(0, -1) // behind the last line break is nothing, or what was cut off
  if (texts.length === 0) throw new SoftPromptError('invalid_file', `Cannot read ${path}: it has no line.`)
  return texts.flatMap((text, n): EventLine[] => {
    const where = `${path}, line ${n + 1}`
    const value = parsed(text, where)
    const type = (value as { type?: unknown } | null)?.type
    if (n === 0 && type !== 'run') throw new SoftPromptError('invalid_file', `Cannot read ${where}: it does not say which format this is.`)
    return n > 0 && typeof type === 'string' && !lineTypes.has(type) ? [] : [checkCard(EventLine, value, where, 'invalid_file')]
  })
}

/** What stands in an event file, whole lines alone, with `last` behind it. */
export function withPackageLine(path: string, last: EventLine): Uint8Array {
  const text = new TextDecoder().decode(readFile(path, maxFileBytes, 'invalid_file') ?? undefined)
  return new TextEncoder().encode(`${text.slice(0, text.lastIndexOf('\n') + 1)}${textOf(last)}`)
}

function parsed(text: string, where: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new SoftPromptError('invalid_file', `Cannot read ${where}: it is not JSON (${excerpt((cause as Error).message)}).`, { cause })
  }
}

function textOf(line: EventLine): string {
  return `${JSON.stringify(line)}\n`
}

function now(): string {
  return new Date().toISOString()
}
