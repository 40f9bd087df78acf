import { parseArgs } from 'node:util'
import type { Attack, Options } from './attack.ts'
import { Findings } from './findings.ts'
import * as attacks from './table.ts'

const known: Readonly<Record<string, Attack>> = attacks
const optionNames = [...new Set(Object.values(known).flatMap(({ options }) => Object.keys(options)))]

function usage(): string {
  const lines = Object.entries(known).map(([name, { about, options }]) => {
    const taken = Object.entries(options).map(([option, preset]) => `--${option} ${preset}`)
    return `  ${name.padEnd(8)} ${about}\n           ${taken.join('  ')}`
  })
  return `npm run attack -- [NAME…] [--json] [--OPTION N…]

Attacks a Worker and the command line of this checkout, on this machine alone, and ends with code 1 where one of them lost, hung or got
wrong anything. All run where none is named; an option goes to those that take it. The numbers are the defaults; a seed repeats a run.

${lines.join('\n')}
`
}

function given(): { names: string[]; options: Options; json: boolean } | null {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      json: { type: 'boolean' },
      help: { type: 'boolean' },
      ...Object.fromEntries(optionNames.map((name) => [name, { type: 'string' as const }])),
    },
  })
  const { json = false, help = false, ...texts } = values as { json?: boolean; help?: boolean } & Record<string, string>
  if (help) return null
  for (const name of positionals) {
    if (!Object.hasOwn(known, name)) throw new Error(`there is no attack ${name}: they are ${Object.keys(known).join(', ')}`)
  }
  for (const [name, text] of Object.entries(texts)) if (!/^\d{1,9}$/.test(text)) throw new Error(`--${name} takes a whole number`)
  const options = Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, Number(text)]))
  return { names: positionals.length > 0 ? positionals : Object.keys(known), options, json }
}

async function main(): Promise<number> {
  let asked: ReturnType<typeof given>
  try {
    asked = given()
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${usage()}`)
    return 2
  }
  if (asked === null) {
    console.log(usage())
    return 0
  }
  const { names, options, json } = asked
  const log = (line: string) => (json ? console.error(line) : console.log(line))
  let failed = false
  for (const name of names) {
    const attack = known[name] as Attack
    const chosen = Object.fromEntries(Object.entries(attack.options).map(([option, preset]) => [option, options[option] ?? preset]))
    log(
      `${name}: ${attack.about} (${Object.entries(chosen)
        .map(([option, value]) => `--${option} ${value}`)
        .join(' ')})`,
    )
    const findings = new Findings(log)
    const begun = Date.now()
    const figures = await attack.run(findings, chosen)
    findings.tell()
    failed ||= findings.failed
    console.log(JSON.stringify({ attack: name, ...findings.total, seconds: (Date.now() - begun) / 1000, options: chosen, ...figures }))
  }
  return failed ? 1 : 0
}

process.exit(await main())
