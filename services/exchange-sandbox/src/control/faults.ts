import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { FAULT_KINDS, FAULT_OPERATIONS, type Fault } from '../faults.ts'
import { type ControlDeps, exchangeName } from './control-deps.ts'

const fault = z
  .strictObject({
    exchange: exchangeName,
    operation: z.enum(FAULT_OPERATIONS),
    wallet: z.string().optional(),
    kind: z.enum(FAULT_KINDS),
    times: z.number().int().positive().optional(),
    delayMs: z.number().int().min(-3_600_000).max(3_600_000).default(0),
    probability: z.number().gt(0).max(1).default(1),
    executes: z.boolean().default(true),
  })
  .refine(({ kind, delayMs }) => delayMs >= 0 || kind === 'clock_drift', {
    path: ['delayMs'],
    message: 'is negative, which only clock_drift may be',
  })

const lifted = z.strictObject({
  exchange: exchangeName.optional(),
  operation: z.enum(FAULT_OPERATIONS).optional(),
  wallet: z.string().optional(),
  kind: z.enum(FAULT_KINDS).optional(),
})

/** Adds the faults' control: lay one, list them, lift those that a query names (all without one). */
export function addFaultControl(server: FastifyInstance, { faults }: ControlDeps): void {
  server.put('/control/faults', (request, reply) => {
    const { wallet, times, ...rest } = fault.parse(request.body)
    const laid: Fault = {
      ...rest,
      ...(wallet === undefined ? {} : { wallet }),
      ...(times === undefined ? {} : { times }),
    }
    faults.put(laid)
    return reply.code(204).send()
  })
  server.get('/control/faults', () => ({ faults: faults.list() }))
  server.delete('/control/faults', (request, reply) => {
    const wanted = lifted.parse(request.query)
    faults.lift(
      (each) =>
        (wanted.exchange ?? each.exchange) === each.exchange &&
        (wanted.operation ?? each.operation) === each.operation &&
        (wanted.wallet ?? each.wallet) === each.wallet &&
        (wanted.kind ?? each.kind) === each.kind,
    )
    return reply.code(204).send()
  })
}
