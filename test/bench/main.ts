import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import type { Bench } from './bench.ts'
import { browser } from './browser.ts'
import { cost } from './cost.ts'
import { memory } from './memory.ts'
import { project } from './project.ts'
import { promptCost } from './prompt-cost.ts'
import { quality } from './quality.ts'
import { serve } from './serve.ts'
import { trainMany } from './train-many.ts'
import { trainStep } from './train-step.ts'
import { webgpu } from './webgpu.ts'

/** `npm run bench -- NAME` */
const benches: Record<string, Bench> = {
  'train-step': trainStep,
  'train-many': trainMany,
  project,
  quality,
  serve,
  'prompt-cost': promptCost,
  memory,
  cost,
  browser,
  webgpu,
}

const [name = '', ...rest] = process.argv.slice(2)
const bench = benches[name]
if (bench === undefined) {
  console.error('npm run bench -- NAME [--json]\n')
  for (const [known, { about, options = [] }] of Object.entries(benches)) {
    console.error(`  ${known.padEnd(12)} ${about}${options.map((option) => ` [--${option} …]`).join('')}`)
  }
  process.exit(2)
}
const { values } = parseArgs({
  args: rest,
  options: {
    json: { type: 'boolean' },
    ...Object.fromEntries((bench.options ?? []).map((option) => [option, { type: 'string' as const }])),
  },
})
const { json = false, ...options } = values as { json?: boolean } & Record<string, string>
const result = await bench.run((line) => (json ? console.error(line) : console.log(line)), options)
if (json) {
  const ran = { node: process.version, cpu: cpus()[0]?.model ?? 'unknown', cpus: cpus().length, date: new Date().toISOString() }
  console.log(JSON.stringify({ bench: name, ...result, ran }))
}
process.exit(0)
