/** What is answered, for people: the label, the labels, or that there is none. */
export function answerText({ label, labels }: { readonly label: string | null; readonly labels?: readonly string[] | undefined }): string {
  if (labels !== undefined) return labels.join(', ') || 'no label'
  return label ?? 'no answer'
}
