import type { FastifyInstance } from 'fastify'
import { SIGNERS } from '../notices/signing-keys.ts'
import type { ControlDeps } from './control-deps.ts'

/** Adds the latest notices with what became of them, and the public keys that they are signed with. */
export function addNoticeControl(server: FastifyInstance, deps: ControlDeps): void {
  server.get('/control/notices', () => ({
    notices: deps.courier.list().map((notice) => ({
      ...notice,
      body: JSON.parse(notice.body),
      dueAt: new Date(notice.dueAt).toISOString(),
    })),
  }))
  server.get('/control/keys', async () => {
    const keys = SIGNERS.map(async (signer) => {
      const { publicKeyPem } = await deps.signingKeys(signer)
      return [signer, { algorithm: 'RSA-SHA256', publicKeyPem }] as const
    })
    return { keys: Object.fromEntries(await Promise.all(keys)) }
  })
}
