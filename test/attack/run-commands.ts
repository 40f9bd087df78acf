// A process that runs commands of softprompt one after another, since loading takes longer than running:
//   each message is {args}; after its output, both streams get a line of a NUL and the exit code.
import { report } from '../../trainer/cli/command.ts'
import * as commands from '../../trainer/cli/commands/table.ts'
import { program } from '../../trainer/cli/program.ts'

process.on('message', async ({ args }: { args: string[] }) => {
  process.exitCode = 0
  try {
    await program(Object.values(commands)).parseAsync(args, { from: 'user' })
  } catch (error) {
    process.exitCode = report(error, args.includes('--json'))
  }
  const end = `\0${process.exitCode}\n`
  process.stdout.write(end)
  process.stderr.write(end)
  process.exitCode = 0
})
