/** Swagger UI, which its own script puts here. Its style sheet is dark under the class `dark-mode`. */
declare const SwaggerUIBundle: (options: Readonly<Record<string, unknown>>) => void

const dark = matchMedia('(prefers-color-scheme: dark)')
const follow = () => document.documentElement.classList.toggle('dark-mode', dark.matches)
dark.addEventListener('change', follow)
follow()

SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#docs',
  deepLinking: true,
  validatorUrl: null,
  syntaxHighlight: { theme: 'tomorrow-night' }, // its numbers can be read, those of the default hardly
  onComplete: () => document.querySelector('.information-container')?.setAttribute('role', 'banner'), // the rest is its <main>
})
