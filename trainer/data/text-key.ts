/** What two texts share that differ in nothing but spaces and capitals. */
export function textKey(text: string): string {
  return text.replace(/\s+/gu, ' ').trim().toLowerCase()
}
