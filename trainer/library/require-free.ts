import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { SoftPromptError } from '../../shared/error.ts'
import { maxBytes } from '../../shared/formats/limits.ts'
import { parsePromptCard } from '../../shared/formats/prompt-package.ts'
import { promptFolder } from '../disk/prompt-folder.ts'
import { readFile } from '../disk/read-file.ts'
import { checkOutput, type FolderKind } from '../disk/replace-folder.ts'
import { readableMetrics } from '../evaluate/report/readable-metrics.ts'
import { readModelFolder } from '../import/open-model.ts'

/**
 * Throws `usage` where no package can be written to `out`, or where one is there already and `force` is not given; the message says what
 * is there and both ways out. Worth asking before the work begins. An empty folder is free, and so is a name beside which an interrupted
 * run has left its checkpoint.
 */
export function requireFree(out: string, kind: FolderKind, force: boolean): void {
  if (!checkOutput(out, kind) || force) return
  const written = statSync(join(out, kind.card), { throwIfNoEntry: false })?.mtime
  if (written === undefined) return // an empty folder
  const found = kind === promptFolder ? describePrompt(out) : describeModel(out)
  throw new SoftPromptError(
    'usage',
    `Cannot write ${kind.what} to ${JSON.stringify(out)}: it holds ${found}, written ${written.toISOString()}. Add --force to replace it, or keep it and write to another folder: --out ${freeName(out)}`,
  )
}

function describePrompt(folder: string): string {
  try {
    const bytes = readFile(join(folder, 'prompt.json'), maxBytes.promptCard, 'invalid_prompt')
    const { task, metrics } = parsePromptCard(bytes ?? new Uint8Array(), folder)
    const dev = readableMetrics(metrics)
    return `a prompt for task ${task}${dev === '' ? '' : ` (on dev: ${dev})`}`
  } catch {
    return 'a prompt package that cannot be read' // damaged, or of another version: it may be wanted all the same
  }
}

function describeModel(folder: string): string {
  try {
    const { name, weights } = readModelFolder(folder).card
    return `model ${JSON.stringify(name)} in ${weights}`
  } catch {
    return 'a model package that cannot be read'
  }
}

/** `out` with the first number behind it under which there is nothing. */
function freeName(out: string): string {
  const name = out.replace(/\/+$/, '')
  let number = 2
  while (existsSync(`${name}-${number}`)) number++
  return `${name}-${number}`
}
