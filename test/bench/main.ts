import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { SoftPromptError } from '../../shared/error.ts'
import { agreement } from './agreement.ts'
import type { Bench } from './bench.ts'
import { browser } from './browser.ts'
import { cost } from './cost.ts'
import { memory } from './memory.ts'
import { project } from './project.ts'
import { promptCost } from './prompt-cost.ts'
import { quality } from './quality.ts'
import { serve } from './serve.ts'
import { settings } from './settings.ts'
import { trainMany } from './train-many.ts'
import { trainStep } from './train-step.ts'
import { webgpu } from './webgpu.ts'

/** `npm run bench -- NAME` */
const benches: Record<string, Bench> = {
  'train-step': trainStep,
  'train-many': trainMany,
  project,
  quality,
  settings,
  serve,
  'prompt-cost': promptCost,
  memory,
  cost,
  browser,
  agreement,
  webgpu,
}

const [name = '', ...rest] = process.argv.slice(2)
const usage = [
  'npm run bench -- NAME [--json]\n',
  ...Object.entries(benches).map(
    ([known, { about, options = [] }]) => `  ${known.padEnd(12)} ${about}${options.map((option) => ` [--${option} …]`).join('')}`,
  ),
].join('\n')
if ([name, ...rest].some((argument) => argument === '--help' || argument === '-h')) {
  console.log(usage)
  process.exit(0)
}
const bench = benches[name]
if (bench === undefined) {
  console.error(usage)
  process.exit(2)
}
const { json, options } = asked(bench.options ?? [])
const result = await bench.run((line) => (json ? console.error(line) : console.log(line)), options).catch(refused)
if (json) {
  const ran = { node: process.version, cpu: cpus()[0]?.model ?? 'unknown', cpus: cpus().length, date: new Date().toISOString() }
  console.log(JSON.stringify({ bench: name, ...result, ran }))
}
process.exit(0)

function asked(known: readonly string[]): { json: boolean; options: Record<string, string> } {
  const strings = Object.fromEntries(known.map((option) => [option, { type: 'string' as const }]))
  try {
    const { values } = parseArgs({ args: rest, options: { json: { type: 'boolean' }, ...strings } })
    const { json = false, ...options } = values as { json?: boolean } & Record<string, string>
    return { json, options }
  } catch (cause) {
    return refused(new SoftPromptError('usage', (cause as Error).message))
  }
}

/** Ends with what was wrong with the options, where that is it. */
function refused(cause: unknown): never {
  if (!(cause instanceof SoftPromptError) || cause.code !== 'usage') throw cause
  console.error(cause.message)
  process.exit(2)
}
