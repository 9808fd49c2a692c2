import { crashPoint, crashTogether, isCrashArmed } from '@tolem/crash-points'
import type { FastifyInstance } from 'fastify'
import type { AuthorizePorts } from './authorize.ts'

/** The same ports, which die where this process was told to; the very same ones where it was not. */
export function crashing(ports: AuthorizePorts): AuthorizePorts {
  if (!isCrashArmed()) return ports
  return {
    ...ports,
    async accept(item) {
      await crashTogether('authorize.before_accept')
      const acceptance = await ports.accept(item)
      if (acceptance.kind === 'accepted') await crashTogether('authorize.after_accept')
      return acceptance
    },
    async debit(orders, deadline) {
      const results = await ports.debit(orders, deadline)
      await crashTogether('authorize.after_debit')
      return results
    },
    async conclude(item) {
      const concluded = await ports.conclude(item)
      await crashTogether('authorize.after_conclude')
      return concluded
    },
  }
}

/** The last point: the operating system has the answer's last byte. */
export function crashAfterAnswers(server: FastifyInstance): void {
  if (!isCrashArmed()) return
  server.addHook('onResponse', (request, _reply, done) => {
    if (request.url === '/v1/authorizations') crashPoint('authorize.after_answer')
    done()
  })
}
