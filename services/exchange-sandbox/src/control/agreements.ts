import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { type Agreed, agreementStatus, findAgreement, offersOf } from '../bybit/pay/agreement.ts'
import {
  refuseAgreement,
  resumeAgreement,
  signAgreement,
  suspendAgreement,
  unsignAgreement,
} from '../bybit/pay/agreement-changes.ts'
import { DEMO_BALANCES } from '../bybit/pay/demo-balances.ts'
import { PLAIN_TEXT } from '../plain-text.ts'
import { coins } from './coin-amounts.ts'
import type { ControlDeps } from './control-deps.ts'

/** Who signs, and what the wallet behind the agreement then holds. */
const signing = z
  .strictObject({
    userId: z.string().min(1).max(64).regex(PLAIN_TEXT, 'is not plain text').optional(),
    balances: coins('bybit').optional(),
    magic: z.boolean().default(false),
  })
  .optional()

/** Adds what a cardholder, or Bybit, does with an agreement that a merchant asked for over Bybit Pay. */
export function addAgreementControl(server: FastifyInstance, deps: ControlDeps): void {
  const { clock, faults } = deps
  const parts = { ...deps, now: () => clock.now() + faults.driftMs('bybit') }
  const actions = {
    sign: (agreed: Agreed, body: unknown) => {
      const { userId, balances, magic } = signing.parse(body ?? undefined) ?? { magic: false }
      const who = userId === undefined ? {} : { userId }
      return signAgreement(parts, agreed, { ...who, balances: balances ?? DEMO_BALANCES, magic })
    },
    refuse: (agreed: Agreed) => refuseAgreement(parts, agreed),
    unsign: (agreed: Agreed) => unsignAgreement(parts, agreed, 'USER'),
    suspend: (agreed: Agreed) => suspendAgreement(parts, agreed),
    resume: (agreed: Agreed) => resumeAgreement(parts, agreed),
  }
  const find = (no: string) => findAgreement(parts, { agreementNo: no, externalAgreementNo: no })
  for (const [name, act] of Object.entries(actions)) {
    server.post<{ Params: { no: string } }>(
      `/control/agreements/:no/${name}`,
      async (request, reply) => {
        const agreed = find(request.params.no)
        if (agreed === undefined) return reply.code(404).send({ mistakes: ['no such agreement'] })
        const isDone = await act(agreed, request.body)
        const after = find(request.params.no) ?? agreed
        if (isDone) return describe(after, parts.now())
        const status = agreementStatus(after, parts.now())
        return reply.code(409).send({ mistakes: [`the agreement is ${status}`] })
      },
    )
  }
  server.get('/control/agreements', () => ({
    agreements: [...offersOf(deps.cabinet).values()].map((offer) => {
      const wallet = deps.book.wallet('bybit', offer.agreementNo)
      return describe({ offer, wallet }, parts.now())
    }),
  }))
}

function describe(agreed: Agreed, time: number) {
  const { offer, wallet } = agreed
  return {
    agreementNo: offer?.agreementNo ?? wallet?.id,
    externalAgreementNo: offer?.terms.externalAgreementNo,
    merchantId: offer?.terms.merchantId ?? wallet?.agreement?.merchantId,
    userId: wallet?.agreement?.userId,
    status: agreementStatus(agreed, time),
  }
}
