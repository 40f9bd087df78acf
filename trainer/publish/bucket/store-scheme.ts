/** What a store is reached by: `s3`, null for a folder, undefined where its address begins like that of something else. */
export function storeScheme(store: string): 's3' | null | undefined {
  if (store.trim() === '') return undefined
  const scheme = /^([a-z][a-z0-9+.-]+):\/\//i.exec(store)?.[1]?.toLowerCase()
  return scheme === undefined ? null : scheme === 's3' ? scheme : undefined
}
