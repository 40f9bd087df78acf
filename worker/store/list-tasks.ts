/** The names of published tasks that come after `after`, at most `limit`, and the name to go on after, null at the end. */
export async function listTasks(bucket: R2Bucket, limit: number, after?: string): Promise<{ names: string[]; next: string | null }> {
  const listed = await bucket.list({ prefix: 'tasks/', limit, ...(after === undefined ? {} : { startAfter: `tasks/${after}.json` }) })
  const names = listed.objects.flatMap(({ key }) => /^tasks\/(.+)\.json$/.exec(key)?.[1] ?? [])
  return { names, next: listed.truncated ? (names.at(-1) ?? null) : null }
}
