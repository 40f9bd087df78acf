/** A text with what is right to answer. */
export interface Example {
  readonly text: string
  /** Its label or, where it may have several, their names as one: what tells it from others. */
  readonly label: string
  /** Where texts may have several labels, or none: all that it has, in alphabetical order. */
  readonly labels?: readonly string[]
  /** How likely each label is, where that is known, such as a larger model's answers: they sum to 1. */
  readonly probabilities?: Readonly<Record<string, number>>
}

/** The labels that an example has. */
export function labelsOfExample({ label, labels }: Pick<Example, 'label' | 'labels'>): readonly string[] {
  return labels ?? [label]
}

/** The name of a set of labels. */
export function setName(labels: readonly string[]): string {
  return labels.join(' + ') || noLabel
}

/** What a text that has no label is called. */
const noLabel = '(none)'

/** Every label that examples name, in alphabetical order. */
export function namedLabels(examples: readonly Example[]): string[] {
  const names = new Set<string>()
  for (const example of examples) {
    for (const label of labelsOfExample(example)) names.add(label)
    for (const label of Object.keys(example.probabilities ?? {})) names.add(label)
  }
  return [...names].sort()
}

/** Whether texts may have several labels. */
export function severalLabels({ examples }: { readonly examples: readonly Pick<Example, 'labels'>[] }): boolean {
  return examples[0]?.labels !== undefined
}
