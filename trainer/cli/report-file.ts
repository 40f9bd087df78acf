import { accessSync, constants, existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { SoftPromptError } from '../../shared/error.ts'
import { beginsWith } from '../disk/begins-with.ts'
import { makeFolder } from '../disk/make-folder.ts'
import { writeWhole } from '../disk/write-whole.ts'
import type { PackageFacts } from '../report/package-facts.ts'
import { packageReport } from '../report/package-report.ts'
import { reportMark } from '../report/page.ts'
import type { Terminal } from './command.ts'
import { invocation, quoted } from './next.ts'

/** The option with which a command writes a report as well. */
export const reportOption = ['--report <file>', 'write a report as well: one HTML file with figures and pictures'] as const

/**
 * Throws `usage` where no report can be written to `path`, which the option `named` gives, or where what is there is no report and would be
 * lost, or where it would lie among the files of a package, there now or to be written to one of `outs`: worth asking before the work begins.
 */
export function requireReportFile(path: string, named: string, outs: readonly string[] = []): void {
  const refusal = (why: string, cause?: unknown) =>
    new SoftPromptError('usage', `Cannot write a report to ${JSON.stringify(path)}: ${why}. Name another file with ${named}.`, { cause })
  if (path === '') throw refusal('that is not the name of a file')
  const folder = dirname(resolve(path))
  if (existsSync(join(folder, 'prompt.json')) || outs.some((out) => resolve(out) === folder))
    throw refusal('that folder is a prompt package, which holds nothing else')
  try {
    makeFolder(folder)
    if (existsSync(path) && !beginsWith(path, reportMark)) throw refusal('the file that is there is no report, and would be lost')
    accessSync(folder, constants.W_OK)
  } catch (cause) {
    throw cause instanceof SoftPromptError ? cause : refusal((cause as Error).message, cause)
  }
}

/** Puts a report in its place, whole. */
export function writeReport(path: string, report: string): void {
  try {
    writeWhole(path, new TextEncoder().encode(report))
  } catch (cause) {
    throw new SoftPromptError(
      'storage',
      `Cannot write the report ${path}: ${(cause as Error).message}. softprompt report writes it anew.`,
      {
        cause,
      },
    )
  }
}

/** Writes the report of one package, and says so where there is a terminal to say it on. */
export async function writePackageReport(path: string, facts: PackageFacts, terminal: Pick<Terminal, 'log'> | null): Promise<void> {
  writeReport(path, await packageReport(facts, publishingCommands(facts.folder, facts.card.task)))
  terminal?.log(`The report is in ${path}.`)
}

/** The commands that make a package live, and show that it is. */
export function publishingCommands(folder: string, task: string): string[] {
  return [`${invocation()} publish ${quoted(folder)}`, `${invocation()} show ${quoted(task)}`]
}
