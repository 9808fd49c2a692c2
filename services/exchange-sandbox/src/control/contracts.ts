import type { FastifyInstance, FastifyReply } from 'fastify'
import { z } from 'zod'
import type { Contract } from '../binance-pay/contracts.ts'
import { addContractPage } from '../binance-pay/page.ts'
import { PLAIN_TEXT } from '../plain-text.ts'
import { coins } from './coin-amounts.ts'
import type { ControlDeps } from './control-deps.ts'

const signature = z
  .strictObject({
    balances: coins('binance').optional(),
    openUserId: z.string().regex(PLAIN_TEXT, 'is not plain text').optional(),
  })
  .default({})

const end = z
  .strictObject({ by: z.enum(['user', 'operations']).default('user') })
  .default({ by: 'user' })

const portal = z.strictObject({
  url: z.url({ protocol: /^https?$/ }).regex(PLAIN_TEXT, 'is not plain text'),
})

type Named = { Params: { code: string } }

/** Adds the cardholder's side of Binance Pay's contracts, the page that the links lead to, the merchant's portal. */
export function addContractControl(server: FastifyInstance, deps: ControlDeps): void {
  const { contracts, cardholder, notices } = deps.binancePay
  addContractPage(server, deps.binancePay)
  const act = async (
    code: string,
    reply: FastifyReply,
    action: (contract: Contract) => Promise<Contract | undefined>,
  ) => {
    const contract = contracts.find({ merchantContractCode: code })
    if (contract === undefined)
      return reply.code(404).send({ mistakes: [`${code} is no contract`] })
    const changed = await action(contract)
    if (changed !== undefined) return changed
    return reply.code(409).send({ mistakes: [`${code} is ${contract.status}`] })
  }
  server.get('/control/contracts', () => ({ contracts: contracts.list() }))
  server.post<Named>('/control/contracts/:code/sign', (request, reply) => {
    const { balances, openUserId } = signature.parse(request.body ?? undefined)
    const opening = {
      ...(balances === undefined ? {} : { balances }),
      ...(openUserId === undefined ? {} : { openUserId }),
    }
    return act(request.params.code, reply, (contract) => cardholder.sign(contract, opening))
  })
  server.post<Named>('/control/contracts/:code/refuse', (request, reply) =>
    act(request.params.code, reply, cardholder.refuse),
  )
  server.post<Named>('/control/contracts/:code/terminate', (request, reply) => {
    const way = end.parse(request.body ?? undefined).by === 'user' ? 0 : 2
    return act(request.params.code, reply, (contract) => cardholder.terminate(contract, way))
  })
  server.post<Named>('/control/contracts/:code/expire', (request, reply) =>
    act(request.params.code, reply, cardholder.expire),
  )
  server.put('/control/binance-pay/notice-url', async (request, reply) => {
    await notices.setPortalUrl(portal.parse(request.body).url)
    return reply.code(204).send()
  })
}
