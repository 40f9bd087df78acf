/** The formats in which an import writes weights, by the names that cards and settings give them. */
export const weightFormats: readonly string[] = ['int8', 'float32', 'q8', 'q4']
