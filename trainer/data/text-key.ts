/** Space that is not a single blank. */
const wideSpace = /[^\S ]| {2}/u

/** What two texts share that differ in nothing but spaces and capitals. */
export function textKey(text: string): string {
  const single = wideSpace.test(text) ? text.replace(/\s+/gu, ' ') : text // most texts need none, and that takes longest
  return single.trim().toLowerCase()
}
