/** A known mistake, and the smallest set of tests that is to catch it. */
export type Planted = {
  /** Of its patch. */
  readonly name: string
  readonly project: Project
  readonly files: readonly string[]
}

type Project = 'unit' | 'integration' | 'acceptance'

/** Tests, and the mistakes that are tried on them. */
type Row = readonly [tests: readonly string[], mistakes: readonly string[]]

/** Unit tests where they catch it, else integration tests: naming them spares time, and nothing else. */
const ROWS: Readonly<Record<Project, readonly Row[]>> = {
  unit: [
    [
      ['services/authorizer/src/authorize.test.ts'],
      [
        'approve-before-conclude',
        'approve-rendered-not-stored',
        'overtaken-approval-sent',
        'debit-before-accept',
      ],
    ],
    [
      ['services/authorizer/src/conclusion.test.ts'],
      ['approve-in-doubt', 'approve-by-first-debit'],
    ],
    [['services/authorizer/src/debit.test.ts'], ['retry-debit-in-path', 'debit-without-time']],
    [
      ['services/authorizer/src/debit.test.ts', 'packages/domain/src/domain.test.ts'],
      ['no-time-kept-for-conclude'],
    ],
    [
      ['services/authorizer/src/flights.test.ts'],
      [
        'flight-not-joined',
        'mismatch-joins-flight',
        'answer-waits-for-ever',
        'late-approval-stands',
      ],
    ],
    [
      ['packages/domain/src/hold-plan.test.ts'],
      [
        'partial-reversals-add-up',
        'release-beyond-debit',
        'releases-rounded-alone',
        'clearing-takes-beyond-hold',
      ],
    ],
    [['packages/ledger/src/ledger.test.ts'], ['fee-not-posted', 'posting-sides-swapped']],
    [
      ['services/settlement/src/next-step.test.ts'],
      ['not-found-final-at-once', 'refused-credit-counts-as-done', 'contradiction-believed'],
    ],
    [
      ['services/settlement/src/conversion/next-step.test.ts'],
      ['resend-while-open', 'conversion-overfill-posted'],
    ],
    [
      ['packages/exchanges/src/rail-conformance.test.ts'],
      ['pending-as-success', 'server-error-as-refusal', 'lost-answer-as-refusal'],
    ],
    [
      [
        'packages/exchanges/src/bybit/pay.test.ts',
        'packages/exchanges/src/rail-conformance.test.ts',
      ],
      ['echo-not-checked'],
    ],
    [
      [
        'packages/exchanges/src/bybit/sub-account.test.ts',
        'packages/exchanges/src/rail-conformance.test.ts',
      ],
      ['amount-not-checked', 'duplicate-as-success'],
    ],
    [['packages/exchanges/src/bybit/codes.test.ts'], ['unknown-code-as-refusal']],
    [
      [
        'packages/exchanges/src/http/gate.test.ts',
        'packages/exchanges/src/protected-rails.test.ts',
      ],
      ['ban-ignored'],
    ],
    [['packages/exchanges/src/bybit/notice.test.ts'], ['notice-over-parsed-body']],
    [['packages/exchanges/src/whole-span.test.ts'], ['look-up-cut-unnoticed']],
    [['packages/money/src/money.test.ts'], ['float-money']],
    [
      ['packages/quotes/src/quotes.test.ts'],
      ['debit-rounded-down', 'fee-rounded-down', 'stale-rate-accepted'],
    ],
    [['packages/quotes/src/mirror.test.ts'], ['unsafe-rate-accepted']],
    [['packages/quotes/src/spendable.test.ts'], ['credit-priced-at-bid']],
    [['packages/wire/src/body.test.ts'], ['unknown-fields-let-through']],
    [['services/authorizer/src/server.test.ts'], ['other-content-types-taken']],
    [
      ['packages/wire/src/card-number.test.ts', 'packages/wire/src/bodies-card-number.test.ts'],
      ['card-number-in-depth-missed', 'card-number-as-number-missed'],
    ],
    [['packages/signature/src/verify.test.ts'], ['signature-window-one-sided']],
    [['services/authorizer/src/callers.test.ts'], ['nonce-not-remembered', 'budget-lengthened']],
    [
      ['services/rates/src/guards/guards.test.ts'],
      ['spike-not-held', 'crossed-book-accepted', 'inverted-pair-accepted'],
    ],
    [
      ['services/rates/src/guards/comparisons.test.ts', 'services/rates/src/guards/guards.test.ts'],
      ['liar-moves-median'],
    ],
  ],
  integration: [
    [
      ['packages/authorizations/src/records-settled-first.integration.test.ts'],
      ['decline-not-sticky', 'conclude-unconditional', 'conclude-over-decline', 'give-back-twice'],
    ],
    [
      ['packages/authorizations/src/records-accept.integration.test.ts'],
      [
        'stored-answer-reordered',
        'mismatch-not-noticed',
        'old-card-version-accepted',
        'other-banks-authorization-visible',
      ],
    ],
    [
      ['packages/authorizations/src/records-reverse.integration.test.ts'],
      ['tombstone-ignored', 'no-tombstone', 'overtaken-not-noticed'],
    ],
    [['packages/authorizations/src/records-limits.integration.test.ts'], ['no-give-back']],
    [['packages/authorizations/src/records-withdraw.integration.test.ts'], ['withdraw-delivered']],
    [['packages/authorizations/src/limits-asked.integration.test.ts'], ['limits-not-locked']],
    [
      ['packages/authorizations/src/movements.integration.test.ts'],
      [
        'epoch-not-checked',
        'defer-under-old-epoch',
        'lease-ignored',
        'escalated-dropped',
        'posting-left-out',
        'late-debit-approves',
        'sending-not-on-record',
      ],
    ],
    [['packages/authorizations/src/holds-refund.integration.test.ts'], ['refund-from-uncleared']],
    [
      ['services/settlement/src/settlement.integration.test.ts'],
      ['credit-under-new-reference', 'resend-without-look-up', 'refusal-ends-earlier-sending'],
    ],
    [['packages/cards/src/cards.integration.test.ts'], ['card-memory-not-dropped']],
  ],
  acceptance: [],
}

/** Every patch, by name. */
export const PLANTED: readonly Planted[] = (Object.keys(ROWS) as Project[])
  .flatMap((project) =>
    ROWS[project].flatMap(([files, names]) => names.map((name) => ({ name, project, files }))),
  )
  .toSorted((one, other) => (one.name < other.name ? -1 : 1))
