/** Swagger UI, which its own script puts here. */
declare const SwaggerUIBundle: (options: Readonly<Record<string, unknown>>) => void

SwaggerUIBundle({ url: '/openapi.json', dom_id: '#docs', deepLinking: true, validatorUrl: null })
