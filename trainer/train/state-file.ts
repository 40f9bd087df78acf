import { existsSync, lstatSync, rmSync } from 'node:fs'
import { parse, resolve } from 'node:path'
import { z } from 'zod'
import { SoftPromptError } from '../../shared/error.ts'
import { parseCard } from '../../shared/formats/card.ts'
import { readMetadata, readSafetensors, writeSafetensors } from '../../shared/formats/safetensors.ts'
import { orphans } from '../disk/owner.ts'
import { readFile } from '../disk/read-file.ts'
import { writeWhole } from '../disk/write-whole.ts'
import { type ChosenBy, possibleCriteria } from '../evaluate/better.ts'
import type { Parameters } from './parameters.ts'
import type { TrainingState } from './state.ts'

/** 512 virtual tokens of a large model, with the optimizer's moments and the best ones. */
const maxStateBytes = 2 ** 31

/** Those that the best step is chosen by: another version may have measured more, or others. */
const BestMetrics = z.record(z.string(), z.number()).transform((values, { addIssue }) => {
  const lacking = possibleCriteria.find((name) => values[name] === undefined)
  if (lacking !== undefined) addIssue(`lacks ${lacking}, which this version chooses by. Start over, without --resume`)
  return values as ChosenBy
})

/** What of a state is no tensor. */
const Progress = z.object({
  run: z.string(),
  computedBy: z.string(),
  step: z.int().nonnegative(),
  best: z.object({ step: z.int().nonnegative(), metrics: BestMetrics }).nullable(),
  stale: z.int().nonnegative(),
  losses: z.array(z.number(), { error: 'is not there: an earlier version made it. Start over, without --resume' }),
  learned: z.boolean(),
})

const groups = ['variables', 'optimizer', 'bestVariables'] as const

/**
 * Throws `usage` where no state can be kept in `path`: worth asking before there is something to keep. What a killed run was writing beside
 * `path` is removed.
 */
export function checkStateFile(path: string): void {
  const { dir, base } = parse(resolve(path))
  if (existsSync(dir)) for (const file of orphans(dir, `${base}.`, /\.tmp/)) rmSync(file, { force: true })
  if (!lstatSync(path, { throwIfNoEntry: false })?.isDirectory()) return // a link is replaced, wherever it leads
  throw new SoftPromptError('usage', `Cannot keep a checkpoint in ${path}: a folder is there. Move it away, or name another --out.`)
}

/** Writes the state beside the old one and then takes its place, so that a crash or a full disk leaves the old one whole. */
export function saveState(path: string, state: TrainingState): void {
  const tensors = Object.fromEntries(
    groups.flatMap((group) => Object.entries(state[group]).map(([name, parameter]) => [`${group}/${name}`, parameter] as const)),
  )
  const bytes = writeSafetensors(tensors, { progress: JSON.stringify(Progress.parse(state)) })
  try {
    writeWhole(path, bytes)
  } catch (cause) {
    throw new SoftPromptError(
      'storage',
      `Cannot write checkpoint ${path}: ${(cause as Error).message}. ${existsSync(path) ? 'The checkpoint before it is whole: fix this and go on with --resume.' : 'There is none before it: fix this and start over.'}`,
      { cause },
    )
  }
}

/** The state in `path`. Throws where there is none, it is damaged, or it belongs to another run. */
export function loadState(path: string, run: string): TrainingState {
  const bytes = readFile(path, maxStateBytes, 'invalid_file')
  if (bytes === null) throw noState(path)
  const progress = parseCard(Progress, readMetadata(bytes, path).progress ?? '', path, 'invalid_file')
  if (progress.run !== run) {
    throw new SoftPromptError(
      'usage',
      `Cannot resume from ${path}: it was made with another model, other data, another split or other settings. Use the same ones, or leave out --resume to start over.`,
    )
  }
  const state: Record<(typeof groups)[number], Parameters> = { variables: {}, optimizer: {}, bestVariables: {} }
  for (const [name, parameter] of readSafetensors(bytes, path)) {
    const [group, ...rest] = name.split('/')
    const found = groups.find((known) => known === group)
    if (found !== undefined) state[found][rest.join('/')] = parameter
  }
  return { ...progress, ...state }
}

/** Throws `usage` where there is no state to go on from. */
export function requireState(path: string): void {
  if (!existsSync(path)) throw noState(path)
}

function noState(path: string): SoftPromptError {
  return new SoftPromptError('usage', `Cannot resume: there is no checkpoint ${path}. Leave out --resume to start over.`)
}
