import type { BankId } from '@tolem/domain/ids'
import type { Programme } from '@tolem/programme/schema'
import { type BankDescription, renderBank } from '@tolem/wire/bank'
import type { WireAnswer } from '@tolem/wire/problem'
import { type Call, json } from '../route.ts'

/** What `GET /v1/banks/me` is joined with. */
export type BankPorts = { describeBank(bank: BankId): BankDescription }

/** `GET /v1/banks/me`: what the programme says of the calling bank, and under which keys we know it. */
export function getBank(ports: BankPorts, { caller }: Call): WireAnswer {
  return json(renderBank(ports.describeBank(caller.id)))
}

/**
 * Describes the banks of a programme.
 *
 * @throws {Error} when asked of a bank that is not in it.
 */
export function createBankDescriptions(programme: Programme): BankPorts['describeBank'] {
  return (id) => {
    const bank = programme.banks.find((one) => one.id === id)
    if (!bank) throw new Error(`bank ${id} is not in the programme`)
    return {
      ...bank,
      authorizationTypes: programme.authorizationTypes,
      cashFeeBasisPoints: bank.cashFeeBasisPoints ?? bank.feeBasisPoints,
      refundRate: programme.refundPolicy.rate,
      controls: { programme: programme.controls, bank: bank.controls },
      caps: { programme: programme.caps, bank: bank.caps },
      thresholds: programme.thresholds,
    }
  }
}
