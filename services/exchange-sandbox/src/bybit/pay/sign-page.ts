import type { FastifyInstance, FastifyReply } from 'fastify'
import { formatCoinsShort, scaleOf } from '../../coins.ts'
import { type Agreed, agreementStatus, type Limit, type Offer, offersOf } from './agreement.ts'
import {
  type ChangeDeps,
  refuseAgreement,
  signAgreement,
  unsignAgreement,
} from './agreement-changes.ts'
import { DEMO_BALANCES } from './demo-balances.ts'

const PATH = '/bybitpay/sign'

/** Adds the page that a sign_url opens: what is asked, and a button for yes and for no (or, once signed, to end it). */
export function addSignPage(server: FastifyInstance, deps: ChangeDeps): void {
  server.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string' },
    (_request, body, done) => done(null, body),
  )
  const find = (token: string | undefined): Agreed | undefined => {
    const offer = [...offersOf(deps.cabinet).values()].find((each) => each.token === token)
    if (offer === undefined) return undefined
    return { offer, wallet: deps.book.wallet('bybit', offer.agreementNo) }
  }
  const show = (reply: FastifyReply, agreed: Agreed | undefined) => {
    const page =
      agreed?.offer === undefined
        ? frame('<p>This link is not known.</p>')
        : frame(describe(agreed.offer, agreementStatus(agreed, deps.now())))
    return reply
      .code(agreed === undefined ? 404 : 200)
      .header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'")
      .type('text/html; charset=utf-8')
      .send(page)
  }
  server.get<{ Querystring: { token?: string } }>(PATH, (request, reply) =>
    show(reply, find(request.query.token)),
  )
  server.post<{ Querystring: { token?: string } }>(PATH, async (request, reply) => {
    const agreed = find(request.query.token)
    if (agreed !== undefined) await act(deps, agreed, String(request.body))
    return show(reply, find(request.query.token))
  })
}

/** What the pressed button says. What the agreement's state does not allow changes nothing. */
async function act(deps: ChangeDeps, agreed: Agreed, form: string): Promise<void> {
  const answer = new URLSearchParams(form).get('answer')
  if (answer === 'sign') {
    await signAgreement(deps, agreed, { balances: DEMO_BALANCES, magic: false })
  }
  if (answer === 'refuse') await refuseAgreement(deps, agreed)
  if (answer === 'unsign') await unsignAgreement(deps, agreed, 'USER')
}

function describe({ agreementNo, terms }: Offer, status: string): string {
  const limits = [
    ...(terms.singleLimit === undefined ? [] : [`${inCoins(terms.singleLimit)} at once`]),
    ...terms.periodLimits.map((limit) => `${inCoins(limit)} a ${limit.period_type.toLowerCase()}`),
  ]
  const back =
    /^https?:\/\//.test(terms.returnUrl) && status !== 'INIT'
      ? `<p><a href="${escape(terms.returnUrl)}">Back to the merchant</a></p>`
      : ''
  return `<p>Merchant <b>${escape(terms.merchantId)}</b> asks to collect payments from your wallet.</p>
<dl><dt>Agreement</dt><dd>${escape(agreementNo)}</dd>
<dt>Merchant's number</dt><dd>${escape(terms.externalAgreementNo)}</dd>
<dt>At most</dt><dd>${escape(limits.join(', ') || 'no limit')}</dd>
<dt>Status</dt><dd id="status">${status}</dd></dl>
${buttons(status)}${back}`
}

function buttons(status: string): string {
  const button = (answer: string, label: string) =>
    `<button name="answer" value="${answer}">${label}</button>`
  const choices = {
    INIT: button('sign', 'Sign') + button('refuse', 'Refuse'),
    SIGNED: button('unsign', 'End the agreement'),
    SUSPENDED: button('unsign', 'End the agreement'),
  }
  const shown = choices[status as keyof typeof choices]
  return shown === undefined ? '' : `<form method="post">${shown}</form>`
}

function inCoins({ amount, currency }: Limit): string {
  return `${formatCoinsShort(BigInt(amount), scaleOf('bybit', currency) ?? 0)} ${currency}`
}

function frame(content: string): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Bybit Pay (sandbox)</title>
<meta name="viewport" content="width=device-width">
<style>body{font:16px sans-serif;max-width:32rem;margin:3rem auto;padding:0 1rem}dt{color:#666}
button{font:inherit;padding:.5rem 1rem;margin-right:1rem}</style></head>
<body><h1>Bybit Pay</h1><p>Exchange sandbox: no real money moves.</p>
${content}</body></html>
`
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
