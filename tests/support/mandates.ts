import { randomUUID } from 'node:crypto'
import { type MandateId, mandateReference } from '@tolem/domain/mandate'
import type { MandateAnswer } from '@tolem/wire/mandate'
import { expect } from 'vitest'
import type { SandboxAgreement } from './sandbox.ts'
import { type BankName, decided, type Stack } from './stack.ts'

/** A card without a wallet, and the mandate that its bank asked for. */
export type LinkedCard = {
  readonly token: string
  readonly mandateId: string
  /** What the cardholder opens. */
  readonly link: string
  readonly read: () => Promise<MandateAnswer>
  /** Waits until the mandate is as expected. */
  readonly becomes: (expected: Partial<MandateAnswer>) => Promise<void>
  /** As Bybit has it. */
  readonly agreement: () => Promise<SandboxAgreement>
}

/** The body of a request that no one has made before. */
export function aMandateBody(change: object = {}) {
  return {
    mandateRequestId: randomUUID(),
    exchange: 'bybit',
    rail: 'bybit-pay',
    assets: ['USDT'],
    ...change,
  } as Parameters<ReturnType<Stack['bank']>['requestMandate']>[1]
}

/** Puts a card without a wallet. */
export async function putBareCard(stack: Stack, bank: BankName = 'halyk'): Promise<string> {
  const token = `card-${randomUUID().slice(0, 13)}`
  decided(await stack.bank(bank).putCard(token, { status: 'active', expiresOn: '2031-12' }))
  return token
}

/** Asks for a mandate, of a new card unless told which. */
export async function askForMandate(stack: Stack, token?: string): Promise<LinkedCard> {
  const card = token ?? (await putBareCard(stack))
  const client = stack.bank()
  const { mandateId } = decided(await client.requestMandate(card, aMandateBody()))
  const read = async () => decided(await client.findMandate(card, mandateId))
  // A busy machine may take longer than the budget: then settlement asks.
  await expect.poll(read, { timeout: 20_000 }).toMatchObject({ link: expect.any(String) })
  const { link = '' } = await read()
  return {
    token: card,
    mandateId,
    link,
    read,
    becomes: async (expected) => {
      await expect.poll(read, { timeout: 20_000 }).toMatchObject(expected)
    },
    agreement: async () => {
      const reference = mandateReference(mandateId as MandateId)
      const all = await stack.sandbox.agreements()
      const found = all.find(({ externalAgreementNo }) => externalAgreementNo === reference)
      return found ?? expect.unreachable('the exchange was never asked')
    },
  }
}

/** Asks for a mandate and has the cardholder sign it. */
export async function linkByMandate(stack: Stack, token?: string): Promise<LinkedCard> {
  const card = await askForMandate(stack, token)
  await stack.sandbox.press(card.link, 'sign')
  await card.becomes({ status: 'signed' })
  return card
}
