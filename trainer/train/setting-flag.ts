/** The flag of a setting or option: `--learning-rate` of learningRate. */
export function flagOf(name: string): string {
  return `--${hyphenated(name)}`
}

/** `learning-rate` of learningRate. */
export function hyphenated(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}
