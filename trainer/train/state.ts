import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, statSync, writeSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { z } from 'zod'
import { SoftPromptError } from '../../shared/error.ts'
import { parseCard } from '../../shared/formats/card.ts'
import { readMetadata, readSafetensors, writeSafetensors } from '../../shared/formats/safetensors.ts'
import { readFile } from '../disk/read-file.ts'
import type { Parameters } from './methods/methods.ts'

/** 512 virtual tokens of a large model, with the optimizer's moments and the best ones. */
const mostBytes = 2 ** 31

const Best = z.object({ step: z.int().nonnegative(), accuracy: z.number(), loss: z.number() })

const Progress = z.object({
  /** What must be the same for a run to go on: the model, the data and every setting. */
  run: z.string(),
  /** Steps done. */
  step: z.int().nonnegative(),
  best: Best.nullable(),
  /** Evaluations since the best one. */
  stale: z.int().nonnegative(),
  /** What computes: another may round otherwise. */
  computedBy: z.string(),
})

/** A training run between two steps: all that the next step depends on. */
export interface TrainingState extends z.infer<typeof Progress> {
  readonly variables: Parameters
  readonly optimizer: Parameters
  /** The variables of the best evaluation; empty before the first. */
  readonly bestVariables: Parameters
}

const groups = ['variables', 'optimizer', 'bestVariables'] as const

/** Throws `usage` where no checkpoint can be kept in `path`: worth asking before there is something to keep. */
export function checkCheckpoint(path: string): void {
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) return
  throw new SoftPromptError('usage', `Cannot keep a checkpoint in ${path}: a folder is there. Move it away, or name another --out.`)
}

/** Writes the state beside the old one and then takes its place, so that a crash or a full disk leaves the old one whole. */
export function saveCheckpoint(path: string, state: TrainingState): void {
  const tensors = Object.fromEntries(
    groups.flatMap((group) => Object.entries(state[group]).map(([name, parameter]) => [`${group}/${name}`, parameter] as const)),
  )
  const { run, step, best, stale, computedBy } = state
  const bytes = writeSafetensors(tensors, { progress: JSON.stringify({ run, step, best, stale, computedBy }) })
  const writing = `${path}.${process.pid}.tmp` // another run may have the same `path`
  try {
    mkdirSync(dirname(resolve(path)), { recursive: true })
    const file = openSync(writing, 'w')
    try {
      let written = 0
      while (written < bytes.length) written += writeSync(file, bytes, written)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    renameSync(writing, path)
  } catch (cause) {
    rmSync(writing, { force: true })
    throw new SoftPromptError(
      'storage',
      `Cannot write checkpoint ${path}: ${(cause as Error).message}. ${existsSync(path) ? 'The checkpoint before it is whole: mend this and add --resume.' : 'There is none before it: mend this and begin anew.'}`,
      { cause },
    )
  }
}

/** The state in `path`. Throws where there is none, it is damaged, or it belongs to another run. */
export function loadCheckpoint(path: string, run: string): TrainingState {
  const bytes = readFile(path, mostBytes, 'invalid_file')
  if (bytes === null) throw new SoftPromptError('usage', `Cannot resume: there is no checkpoint ${path}. Leave out --resume to begin anew.`)
  const progress = parseCard(Progress, readMetadata(bytes, path).progress ?? '', path, 'invalid_file')
  if (progress.run !== run) {
    throw new SoftPromptError(
      'usage',
      `Cannot resume from ${path}: it was made with another model, other data or other settings. Give the same ones, or leave out --resume to begin anew.`,
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
