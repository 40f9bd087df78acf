import { availableParallelism } from 'node:os'
import { Option } from 'commander'
import type { Store } from '../../../shared/engine/store.ts'
import { findPromptCard } from '../../../shared/engine/stored-prompt.ts'
import { findPointer, listTasks } from '../../../shared/engine/stored-task.ts'
import type { Serving } from '../../../worker/node/serve.ts'
import { counted } from '../../counted.ts'
import { useBucket } from '../../library/use-bucket.ts'
import { bucketStore } from '../../publish/bucket/bucket.ts'
import { storeScheme } from '../../publish/bucket/store-scheme.ts'
import { verifiedStore } from '../../publish/bucket/verified-store.ts'
import { type BucketFlags, withBucketOptions } from '../bucket-options.ts'
import { type AddCommand, groups, run } from '../command.ts'
import { site } from '../defaults.ts'
import { next, textToTry } from '../next.ts'
import { number, threadCount } from '../options.ts'

interface Flags extends BucketFlags {
  readonly port: number
  readonly host: string
  readonly threads?: number
  readonly watch?: true
}

/** Between two looks at the pointers, in ms: in a folder they cost next to nothing, elsewhere a request each. */
const watchEvery = { folder: 500, elsewhere: 3000 } as const

/** Names of tasks that are printed. */
const maxNamed = 20

const help = `
The API is the Worker's. API_KEYS in the environment holds the bearer keys that callers need, comma-separated; the limits of wrangler.toml can
be set there too, such as MODEL_CACHE_BYTES=4294967296.`

export const serveCommand: AddCommand = (program) => {
  const known = (name: string) => program.commands.some((command) => command.name() === name) // a container has no other command
  const command = program
    .command('serve')
    .helpGroup(groups.publish)
    .description('Answer the published tasks over HTTP from this machine, with the API of the Worker.')
    .option('--port <n>', 'the port to listen on; 0 takes a free one', number({ min: 0, max: 65535, whole: true }), 8787)
    .option('--host <address>', 'the address to listen on; 0.0.0.0 is every one of this machine', '127.0.0.1')
    .option('--watch', 'load what is published as soon as it is, and say so')
    .option('--threads <n>', 'cores that ONNX Runtime may take (default: all)', threadCount)
  withBucketOptions(command)
    .addOption(new Option('--r2', 'the same as --remote').conflicts(['local', 'store', 'persistTo']))
    .addHelpText('after', help)
    .action((flags: Flags & { r2?: true }) =>
      run(flags.json === true, ({ signal, log, warn, print }) => {
        const asked = flags.r2 === true ? { ...flags, remote: true as const } : flags
        const served = new AbortController() // the store answers until the last caller is served
        return useBucket(asked, served.signal, async ({ bucket, where }) => {
          const isFolder = flags.store !== undefined && storeScheme(flags.store) === null
          const store = isFolder ? verifiedStore(bucket) : bucketStore(bucket)
          const { names } = await listTasks(store)
          const { port, host, threads: cores = availableParallelism() } = flags
          const { serve } = await import('../../../worker/node/serve.ts') // which no other command needs
          const service = await serve({ store, port, host, cores, site, env: process.env })
          for (const warning of service.warnings) warn(warning)
          if (flags.watch) service.watch(isFolder ? watchEvery.folder : watchEvery.elsewhere, log)
          print({
            json: { url: service.url, where, tasks: names },
            text: announced(service, where, { names, text: await textFor(store, names[0]) }, flags, known),
          })
          await new Promise<void>((resolve) => (signal.aborted ? resolve() : signal.addEventListener('abort', () => resolve())))
          await service.stop()
          return null
        })
      }),
    )
}

/** A text to try `task` on: one that its prompt was tested on. Where that can't be read any will do: who calls the task is told what is wrong. */
async function textFor(store: Store, task: string | undefined): Promise<string> {
  const pointer = task === undefined ? null : await findPointer(store, task).catch(() => null)
  const card = pointer && (await findPromptCard(store, pointer.live.prompt).catch(() => null))
  return textToTry(card?.selfTest ?? [])
}

function announced(
  { url, keyed }: Serving,
  where: string,
  { names, text }: { readonly names: readonly string[]; readonly text: string },
  { store }: Flags,
  known: (command: string) => boolean,
): string {
  const go = (...words: [string, ...string[]]) => (known(words[0]) ? `\n${next(words)}` : '')
  if (names.length === 0) {
    const target = store === undefined ? [] : ['--store', store]
    return `Serving at ${url}. No task is published in ${where} yet.${go('publish', 'runs/TASK', ...target)}`
  }
  const shown = names.length > maxNamed ? `${names.slice(0, maxNamed).join(', ')}, …` : names.join(', ')
  const key = keyed ? ['--key', 'KEY'] : []
  return `Serving ${counted(names.length, 'task')} at ${url}, from ${where}: ${shown}${go('classify', names[0] as string, text, '--url', url, ...key)}`
}
