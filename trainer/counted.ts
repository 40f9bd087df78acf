/** A count with its noun, which takes an s in the plural: `1 label`, `2 labels`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
