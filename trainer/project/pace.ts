import { join } from 'node:path'
import { z } from 'zod'
import { SoftPromptError } from '../../shared/error.ts'
import { parseCard } from '../../shared/formats/card.ts'
import { maxBytes } from '../../shared/formats/limits.ts'
import { readFile } from '../disk/read-file.ts'
import { writeWhole } from '../disk/write-whole.ts'

const Pace = z.object({ examplesPerSecond: z.number().positive() })
const fileIn = (runs: string) => join(runs, '.softprompt-pace.json')

/** How many examples a second the last run of a project learned here; null where none has. It is a guess at the next: what can't be read is none. */
export function readPace(runs: string): number | null {
  try {
    const bytes = readFile(fileIn(runs), maxBytes.localFile, 'invalid_file')
    return bytes && parseCard(Pace, new TextDecoder().decode(bytes), runs, 'invalid_file').examplesPerSecond
  } catch (error) {
    if (error instanceof SoftPromptError) return null
    throw error
  }
}

export function writePace(runs: string, examplesPerSecond: number): void {
  writeWhole(fileIn(runs), new TextEncoder().encode(`${JSON.stringify({ examplesPerSecond })}\n`))
}
