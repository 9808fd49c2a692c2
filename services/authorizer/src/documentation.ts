import { DOCUMENTATION_PAGES, openApiDocument } from '@tolem/wire/openapi'
import type { FastifyInstance } from 'fastify'

/** Nothing may be loaded from anywhere, and no script may run: the pages are text, tables and their own style. */
const PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'"

/**
 * Serves the OpenAPI description, a page that shows it, and the mapping to ISO 8583, from files of ours alone: nothing
 * is loaded from elsewhere.
 */
export async function addDocumentation(
  server: FastifyInstance,
  about: Parameters<typeof openApiDocument>[0],
): Promise<void> {
  const document = openApiDocument(about)
  server.get('/openapi.json', () => document)
  for (const [path, render] of Object.entries(DOCUMENTATION_PAGES)) {
    const page = render()
    server.get(path, (_request, reply) =>
      reply
        .type('text/html; charset=utf-8')
        .header('content-security-policy', PAGE_POLICY)
        .send(page),
    )
  }
  // Imported here because it is large and the path of an authorization does not need it.
  const { default: scalar } = await import('@scalar/fastify-api-reference')
  await server.register(scalar, {
    routePrefix: '/docs',
    configuration: {
      content: document,
      title: 'Tolem bank API',
      withDefaultFonts: false,
      telemetry: false,
      hideClientButton: true,
      showDeveloperTools: 'never',
      // Both would send a reader's questions to somebody else's service.
      agent: { disabled: true },
      mcp: { disabled: true },
    },
  })
}
