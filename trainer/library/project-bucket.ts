import { resolve } from 'node:path'
import type { Project } from '../project/load-project.ts'
import type { BucketPlace } from './bucket-place.ts'

/** What may be said of the bucket: also that it is that of wrangler's local runtime. */
type Said = BucketPlace & { readonly local?: true }

/** The bucket that is meant: the one that is named, else the project's own, whose path begins at its folder. */
export function bucketOf<Place extends Said>({ folder, content: { bucket } }: Project, place: Place): Place {
  if (namesBucket(place) || bucket === undefined) return place
  return { ...place, store: bucket.includes('://') ? bucket : resolve(folder, bucket) }
}

/** Whether anything says which bucket is meant. */
export function namesBucket({ store, local, remote, config, persistTo, env }: Said): boolean {
  return [store, local, remote, config, persistTo, env].some((value) => value !== undefined)
}
