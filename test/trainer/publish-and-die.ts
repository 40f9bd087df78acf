// A process that publishes and is killed at its n-th write to the bucket:
//   STATE PROMPT MODEL before|within N
// `before` kills it when the write would begin, `within` when it has just been sent. Exits with 0 where there are fewer.
import { Miniflare } from 'miniflare'
import { preparePublication, publish } from '../../trainer/publish.ts'
import type { Bucket } from '../../trainer/storage/bucket.ts'
import { alteredBucket } from './altered-bucket.ts'

const [state = '', prompt = '', model = '', when = '', n = ''] = process.argv.slice(2)

// what getPlatformProxy starts, without wrangler's second and a half of loading
const miniflare = new Miniflare({ modules: true, script: '', r2Buckets: { BUCKET: 'softprompt' }, r2Persist: `${state}/v3/r2` })
let writes = 0
const bucket = alteredBucket((await miniflare.getR2Bucket('BUCKET')) as unknown as Bucket, async (operation, _key, run) => {
  if (operation === 'head' || operation === 'get' || ++writes !== Number(n)) return run()
  if (when === 'within') {
    run().catch(() => undefined)
    await new Promise((resolve) => setImmediate(resolve)) // the request leaves in this turn of the event loop
  }
  process.kill(process.pid, 'SIGKILL')
  return new Promise(() => undefined)
})
await publish(bucket, await preparePublication(prompt, model), new AbortController().signal, () => undefined)
await miniflare.dispose()
