// One concept has one name, and one name one concept: fails where a name is exported by two files. A table passes on what its entries
// export, and what a generator has written is not ours to name.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const generated = join('trainer', 'onnx', 'onnx_pb.ts')
const exported = /^export (?:async )?(?:abstract )?(?:function\*?|class|const|let|interface|type|enum) (\w+)/gm

const files = ['shared', 'worker', 'trainer'].flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
)
const homes = new Map()
for (const file of files.filter((name) => name.endsWith('.ts') && name !== generated)) {
  for (const [, name] of readFileSync(file, 'utf8').matchAll(exported)) homes.set(name, (homes.get(name) ?? new Set()).add(file))
}
const twins = [...homes].filter(([, { size }]) => size > 1)
for (const [name, in_] of twins) console.error(`${name} is exported by ${[...in_].join(' and ')}: give one of them another name.`)
process.exitCode = twins.length > 0 ? 1 : 0
