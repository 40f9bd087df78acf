/** What the operations are about, in the order of the API's page. */
export const tags = [
  { name: 'Answers', description: 'Texts in, labels and their probabilities out' },
  { name: 'Tasks', description: 'What is published here, and how well it did' },
  { name: 'Models and prompts', description: 'The files of packages, for whoever runs the model elsewhere' },
  { name: 'Service', description: 'For what watches it, or sends it traffic' },
]
