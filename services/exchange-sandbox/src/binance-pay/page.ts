import type { FastifyInstance } from 'fastify'
import type { Cardholder } from './cardholder.ts'
import type { Contract, Contracts } from './contracts.ts'

const HTML = 'text/html; charset=utf-8'
const FORM = 'application/x-www-form-urlencoded'

/** Adds the page behind a contract's links and QR code: what is asked for, and two buttons. */
export function addContractPage(
  server: FastifyInstance,
  deps: { contracts: Contracts; cardholder: Cardholder },
): void {
  const { contracts, cardholder } = deps
  if (!server.hasContentTypeParser(FORM)) {
    server.addContentTypeParser(FORM, { parseAs: 'string' }, (_request, _body, done) => done(null))
  }
  type Named = { Params: { id: string } }
  server.get<Named>('/binance-pay/contracts/:id', (request, reply) => {
    const contract = contracts.findRequest(request.params.id)
    if (contract === undefined) return reply.code(404).type(HTML).send(page('No such contract'))
    return reply.type(HTML).send(describe(contract, request.url))
  })
  for (const action of ['sign', 'refuse'] as const) {
    server.post<Named>(`/binance-pay/contracts/:id/${action}`, async (request, reply) => {
      const contract = contracts.findRequest(request.params.id)
      if (contract !== undefined) await cardholder[action](contract)
      return reply.redirect(`/binance-pay/contracts/${request.params.id}`, 303)
    })
  }
}

function describe(contract: Contract, url: string): string {
  const { serviceName, singleUpperLimit, currency, status, isRefused } = contract
  const isOpen = status === 'INITIAL' && !isRefused
  const button = (action: string, label: string) =>
    `<form method="post" action="${escape(url)}/${action}"><button>${label}</button></form>`
  const choice = isOpen
    ? button('sign', 'Sign') + button('refuse', 'Refuse')
    : `<p>${isRefused ? 'Refused' : status}</p>`
  const limit = `${singleUpperLimit.replace(/\.?0+$/, '')} ${currency}`
  return page(
    `<p><b>${escape(serviceName)}</b> may debit up to ${escape(limit)} at a time.</p>${choice}`,
  )
}

function page(content: string): string {
  return `<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Sandbox: Binance Pay</title><h1>Binance Pay (sandbox)</h1>${content}`
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
