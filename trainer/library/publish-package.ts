import type { TaskVersion } from '../../shared/formats/task-pointer.ts'
import { unlessAborted } from '../../shared/unless-aborted.ts'
import { preparePublication, publish } from '../publish/publish.ts'
import { modelsInFormats } from './model-formats.ts'
import type { PublishOptions } from './options.ts'
import { packageModel } from './package-model.ts'
import { useBucket } from './use-bucket.ts'

/** A package that is live: what `softprompt publish --json` prints. */
export interface PublishedPackage extends TaskVersion {
  readonly task: string
  /** False where this version was live already. */
  readonly changed: boolean
  /** The version that was live before; null where none was. */
  readonly replaced: TaskVersion | null
  /** For people: the bucket. */
  readonly where: string
  readonly warnings: readonly string[]
}

/** Who is told while a package is published. */
interface PublishTold {
  readonly signal: AbortSignal
  log(line: string): void
  warn(message: string): void
  status(line: string): void
}

/** Tries a package and its models, stores them, and makes the version live. */
export async function publishPackage(
  { package: directory, model, formats, task, anySize, ...place }: Omit<PublishOptions, 'signal'>,
  { signal, log, warn, status }: PublishTold,
): Promise<PublishedPackage> {
  const [first = packageModel(directory, undefined), ...others] = model === undefined ? [] : [model].flat()
  const models = formats === undefined ? [first, ...others] : modelsInFormats([first, ...others], formats)
  const held = { task, anySize: anySize === true || place.store !== undefined }
  const publication = await unlessAborted(signal, preparePublication(directory, models, held))
  for (const warning of publication.warnings) warn(warning)
  return useBucket(place, signal, async ({ bucket, where }) => {
    const published = await publish(bucket, publication, signal, log, status)
    return { ...published, where, warnings: publication.warnings }
  })
}
