import { openApiDocument } from '@tolem/wire/openapi'
import type { FastifyInstance } from 'fastify'

/**
 * Serves the OpenAPI description and a page that shows it, from files of ours alone: nothing is loaded from
 * elsewhere.
 */
export async function addDocumentation(server: FastifyInstance, serverUrl: string): Promise<void> {
  const document = openApiDocument(serverUrl)
  server.get('/openapi.json', () => document)
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
