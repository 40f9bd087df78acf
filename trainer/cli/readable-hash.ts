/** A hash short enough to read, long enough to promote by. */
export function shortHash(sha256: string): string {
  return sha256.slice(0, 12)
}

/** The packages of a base, by weight format: `model 41c0… (int8)`. */
export function modelNames(models: Readonly<Record<string, string>>): string {
  return Object.entries(models)
    .map(([weights, model]) => `model ${shortHash(model)} (${weights})`)
    .join(', ')
}
