import type { Controls } from '@tolem/domain/controls'
import { APPROVAL_OUTCOMES, DECLINE_REASONS } from '@tolem/domain/decision'

type Codes = Readonly<Record<string, string>>

/** The parts of a programme that must agree with each other. */
type Parts = {
  readonly responseCodes: Codes
  readonly controls: Controls
  readonly exchanges: readonly Exchange[]
  readonly banks: readonly { readonly responseCodes: Codes; readonly controls: Controls }[]
}

type Exchange = {
  readonly id: string
  readonly conversion?: { readonly via: string } | undefined
  readonly rails: readonly { readonly rail: string; readonly accountType?: string }[]
}

type Mistake = { readonly path: (string | number)[]; readonly message: string }

/** Mistakes that only show where two parts of a programme are seen together. */
export function findProgrammeMistakes(programme: Parts): readonly Mistake[] {
  const known = new Set(programme.exchanges.map(({ id }) => id))
  const ofProgramme = findFalseApprovals(programme.responseCodes)
  return [
    ...ofProgramme.map((reason) => falseApproval(['responseCodes', reason], programme)),
    ...findUnknownExchanges(programme.controls, known, []),
    ...findIdleMoney(programme.exchanges),
    ...programme.banks.flatMap((bank, index) => {
      const at = ['banks', index]
      const responseCodes = { ...programme.responseCodes, ...bank.responseCodes }
      return [
        ...findFalseApprovals(responseCodes)
          .filter((reason) => !ofProgramme.includes(reason))
          .map((reason) => falseApproval([...at, 'responseCodes', reason], { responseCodes })),
        ...findUnknownExchanges(bank.controls, known, at),
      ]
    }),
  ]
}

/** Declines whose code says that the purchase is approved: the merchant would hand out the goods. */
function findFalseApprovals(codes: Codes): readonly string[] {
  const approving = new Set(APPROVAL_OUTCOMES.map((outcome) => codes[outcome]))
  return DECLINE_REASONS.filter((reason) => approving.has(codes[reason]))
}

function falseApproval(path: (string | number)[], of: Pick<Parts, 'responseCodes'>): Mistake {
  const code = of.responseCodes[String(path.at(-1))] ?? ''
  const outcome = APPROVAL_OUTCOMES.find((approval) => of.responseCodes[approval] === code) ?? ''
  return { path, message: `a decline must not have the code of an approval: ${code} is ${outcome}` }
}

function findUnknownExchanges(
  { exchanges = {} }: Controls,
  known: ReadonlySet<string>,
  at: readonly (string | number)[],
): readonly Mistake[] {
  return (['allow', 'deny'] as const).flatMap((side) =>
    (exchanges[side] ?? []).flatMap((id, index) =>
      known.has(id)
        ? []
        : [
            {
              path: [...at, 'controls', 'exchanges', side, index],
              message: `the programme has no exchange ${id}`,
            },
          ],
    ),
  )
}

/** Bybit's spot market trades from the unified account: what is paid into another one would never be converted. */
function findIdleMoney(exchanges: readonly Exchange[]): readonly Mistake[] {
  return exchanges.flatMap(({ conversion, rails }, at) =>
    rails.flatMap(({ rail, accountType }, index) =>
      conversion?.via === 'spot' && rail === 'bybit-subaccount' && accountType !== 'UNIFIED'
        ? [
            {
              path: ['exchanges', at, 'rails', index, 'accountType'],
              message: 'must be UNIFIED where the exchange converts by its spot market',
            },
          ]
        : [],
    ),
  )
}
