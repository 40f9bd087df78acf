// A process that imports a checkpoint as int8 and is killed when its n-th operation that changes the disk would begin:
//   CHECKPOINT OUT N
// Exits with 0, and the names of all operations on its last line, where there are fewer than N.
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { importModel } from '../../../trainer/model/import.ts'

const [checkpoint = '', out = '', n = ''] = process.argv.slice(2)

const operations: string[] = []
for (const name of ['mkdirSync', 'writeSync', 'writeFileSync', 'fsyncSync', 'renameSync', 'rmSync'] as const) {
  const original = fs[name] as (...args: unknown[]) => unknown
  const counted = (...args: unknown[]) => {
    operations.push(name)
    if (operations.length === Number(n)) process.kill(process.pid, 'SIGKILL')
    return original(...args)
  }
  Object.assign(fs, { [name]: counted })
}
syncBuiltinESMExports()

await importModel(checkpoint, { out, weights: 'int8' })
process.stdout.write(`${JSON.stringify(operations)}\n`)
