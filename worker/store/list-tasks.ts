import { TaskName } from '../../shared/formats/prompt-card.ts'
import { stored } from './read-object.ts'

/** The names of published tasks that come after `after`, of at most `limit` objects, and the name to go on after, null at the end. */
export async function listTasks(bucket: R2Bucket, limit: number, after?: string): Promise<{ names: string[]; next: string | null }> {
  const startAfter = after === undefined ? {} : { startAfter: `tasks/${after}.json` }
  const listed = await stored('the list of tasks', bucket.list({ prefix: 'tasks/', limit, ...startAfter }))
  const found = listed.objects.map(({ key }) => key.slice('tasks/'.length).replace(/\.json$/, ''))
  return { names: found.filter((name) => TaskName.safeParse(name).success), next: listed.truncated ? (found.at(-1) ?? null) : null }
}
