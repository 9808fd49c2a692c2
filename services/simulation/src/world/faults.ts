import type { Random } from '../machine/random.ts'

/** What can go wrong with a statement. `lost` never arrives, `answer_lost` is committed and not answered. */
const STATEMENT_FAULTS = ['refused', 'failed', 'lost', 'answer_lost', 'slow'] as const
/** What can go wrong with a call to an exchange. */
const CALL_FAULTS = [
  'lost',
  'answer_lost',
  'executed_late',
  'refused',
  'server_error',
  'slow',
] as const
/** What can go wrong with a message of a bank. */
const MESSAGE_FAULTS = ['lost', 'answer_lost', 'duplicated', 'delayed'] as const
/** What can become of a notice. */
const NOTICE_FAULTS = ['lost', 'delayed'] as const
/** What can become of the process that asks: before the question left it, or before the answer reaches it. */
const PROCESS_FAULTS = ['killed_before', 'killed_after', 'frozen'] as const

const FAULTS = {
  statement: [...STATEMENT_FAULTS, ...PROCESS_FAULTS],
  call: [...CALL_FAULTS, ...PROCESS_FAULTS],
  message: MESSAGE_FAULTS,
  notice: NOTICE_FAULTS,
} as const

/** Where faults strike. */
export type Domain = keyof typeof FAULTS
/** The faults of a domain. */
export type FaultOf<At extends Domain> = (typeof FAULTS)[At][number]

/** The most that a seed makes of each. */
const MOST: Readonly<Record<Domain, number>> = {
  statement: 0.02,
  call: 0.08,
  message: 0.06,
  notice: 0.2,
}
const MOST_OF_PROCESSES = 0.006

/** What is seldom met is struck more often. */
const SHARE_BY_STATE: Readonly<Record<string, number>> = {
  'approved authorization': 3,
  'debit found executed': 2,
  'debit found refused': 4,
  'credit in doubt': 2,
  card_changed: 2,
}

/** Polls and surveys are many, and there is little to see. */
const SHARE_OF_LOOKS = 0.1

/** Which faults this seed has, how often, and which it hit what with. */
export type Faults = {
  /** What goes wrong with what is done now, at a thing of this state; `undefined`: it only looks. */
  readonly draw: <At extends Domain>(
    domain: At,
    state: string | undefined,
  ) => FaultOf<At> | undefined
  /** From now on something goes wrong. */
  readonly begin: () => void
  /** From now on nothing does. */
  readonly heal: () => void
  /** How often each fault hit each state: `domain fault × state`. */
  readonly hits: ReadonlyMap<string, number>
}

/** Swarm testing: each seed leaves out half of all faults, and has the others at rates of its own. */
export function createFaults(random: Random): Faults {
  const rates = drawRates(random)
  const hits = new Map<string, number>()
  let isHealed = true

  /** Does it strike, here and now? */
  function strikes(domain: Domain, fault: string, state: string | undefined): boolean {
    const share = state === undefined ? SHARE_OF_LOOKS : (SHARE_BY_STATE[state] ?? 1)
    const rate = rates.get(`${domain} ${fault}`) ?? 0
    if (rate === 0 || !random.chance(rate * share)) return false
    if (state === undefined) return true
    const pair = pairOf(domain, fault, state)
    if (UNREACHABLE.has(pair)) return false
    hits.set(pair, (hits.get(pair) ?? 0) + 1)
    return true
  }

  return {
    draw: (domain, state) =>
      isHealed ? undefined : FAULTS[domain].find((fault) => strikes(domain, fault, state)),
    begin() {
      isHealed = false
    },
    heal() {
      isHealed = true
    },
    hits,
  }
}

function drawRates(random: Random): ReadonlyMap<string, number> {
  const rates = new Map<string, number>()
  for (const domain of Object.keys(FAULTS) as Domain[])
    for (const fault of FAULTS[domain]) {
      const most = isOfProcess(fault) ? MOST_OF_PROCESSES : MOST[domain]
      const rate = random.between(0, most)
      rates.set(`${domain} ${fault}`, random.chance(0.5) ? rate : 0)
    }
  return rates
}

function isOfProcess(fault: string): boolean {
  return PROCESS_FAULTS.some((one) => one === fault)
}

/** How a pair of a fault and a state is written. */
export function pairOf(domain: Domain, fault: string, state: string): string {
  return `${domain} ${fault} × ${state}`
}

/** Every fault with every state that it can reach: what many seeds together must hit. */
export function listReachable(): readonly string[] {
  const pairs = (domain: Domain, states: Iterable<string>) =>
    FAULTS[domain].flatMap((fault) => [...states].map((state) => pairOf(domain, fault, state)))
  return [
    ...pairs('statement', new Set(Object.values(STATE_BY_STATEMENT))),
    ...pairs('call', Object.values(STATE_BY_CALL)).filter((pair) => !UNREACHABLE.has(pair)),
    ...pairs('message', MESSAGE_STATES),
    ...pairs('notice', NOTICE_STATES),
  ]
}

/** In which state a statement finds what it is about. Of others no pairs are counted. */
const STATE_BY_STATEMENT: Readonly<Record<string, string>> = {
  'authorization-accept': 'new authorization',
  'authorization-conclude': 'accepted authorization',
  'authorization-deliver': 'approved authorization',
  'authorization-withdraw': 'approved authorization',
  'message-claim': 'message',
  'hold-lock': 'hold',
  'hold-change': 'locked hold',
  COMMIT: 'changed hold',
  'movement-execute-debit': 'debit found executed',
  'movement-refuse-debit': 'debit found refused',
  'movement-send-credit': 'credit intended',
  'movement-execute-credit': 'credit executed',
  'movement-defer': 'movement in doubt',
}

/** In which state a call finds its movement. */
const STATE_BY_CALL = {
  debit: 'debit intended',
  credit: 'credit sent',
  lookUpDebit: 'debit in doubt',
  lookUpCredit: 'credit in doubt',
} as const

/** The calls of a rail. */
export type RailCall = keyof typeof STATE_BY_CALL

/** What a bank knows of an authorization when it sends something about it. */
export const MESSAGE_STATES = [
  'unasked',
  'under way',
  'approved',
  'declined',
  'unanswered',
] as const

/** What notices are about. */
const NOTICE_STATES = ['movement_due', 'exposure_due', 'card_changed'] as const

/** Looking up moves nothing. */
const UNREACHABLE = new Set(
  (['executed_late', 'refused'] as const).flatMap((fault) => [
    pairOf('call', fault, STATE_BY_CALL.lookUpDebit),
    pairOf('call', fault, STATE_BY_CALL.lookUpCredit),
  ]),
)

/** The state that a statement meets, where pairs with it are counted. */
export function stateOfStatement(name: string): string | undefined {
  return STATE_BY_STATEMENT[name]
}

/** The state that a call meets. */
export function stateOfCall(call: RailCall): string {
  return STATE_BY_CALL[call]
}

/** What a notice is about, where pairs with it are counted. */
export function stateOfNotice(channel: string): string | undefined {
  return NOTICE_STATES.find((one) => one === channel)
}
