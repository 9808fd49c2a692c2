import assert from 'node:assert'
import { type MessageKind, type NetworkKey, networkKeyText } from '@tolem/domain/authorization'
import type { OvertakenReason } from '@tolem/domain/decision'
import type { BankId } from '@tolem/domain/ids'
import type { Recorded } from '../holds.ts'
import type { Session } from './session.ts'

/** A message as its network key identifies it. */
export type MessageKey = {
  readonly bank: BankId
  readonly kind: MessageKind
  readonly networkKey: NetworkKey
}

/** A message to claim, and the rows that it leads to, as UUIDs. */
export type NewClaim = MessageKey & {
  readonly fingerprint: Buffer
  readonly authorizationId?: string
  readonly recordId?: string
}

/**
 * Ours from now on; `tombstone` is what an earlier message had left there. `taken`: answered before, or refused.
 * `copy`: another message of the same list bears its key and goes first.
 */
export type Claim =
  | { readonly kind: 'claimed'; readonly tombstone: Tombstone | undefined }
  | { readonly kind: 'taken'; readonly recorded: Recorded }
  | { readonly kind: 'copy'; readonly of: number }

/** What came before its original: the reason to decline that for, and the UUID of the message's own record. */
export type Tombstone = { readonly overtakenAs: OvertakenReason; readonly recordId: string | null }

/** One text for one message, equal only for equal messages. */
export function messageText({ bank, kind, networkKey }: MessageKey): string {
  return `${bank}/${kind}/${networkKeyText(networkKey)}`
}

/** The columns by which the database knows a message, in the order of the key. */
export function keyColumns(messages: readonly MessageKey[]): readonly unknown[][] {
  return [
    messages.map(({ networkKey }) => networkKey.localDateTime.slice(0, 10)),
    messages.map(({ bank }) => bank),
    messages.map(({ kind }) => kind),
    messages.map(({ networkKey }) => networkKeyText(networkKey)),
  ]
}

/** Claims messages for ever, by position. */
export async function claimMessages(
  { run, statements }: Session,
  messages: readonly NewClaim[],
): Promise<readonly Claim[]> {
  const indexByText = new Map<string, number>()
  for (const [index, message] of messages.entries()) {
    const text = messageText(message)
    if (!indexByText.has(text)) indexByText.set(text, index)
  }
  const first = messages.filter((one, index) => indexByText.get(messageText(one)) === index)
  const rows = await run<ClaimRow>(statements['message-claim'], [
    ...keyColumns(first),
    first.map(({ fingerprint }) => fingerprint),
    first.map(({ authorizationId }) => authorizationId ?? null),
    first.map(({ recordId }) => recordId ?? null),
  ])
  const rowByText = new Map(rows.map((row) => [rowText(row), row]))
  const taken = first.filter((message) => !rowByText.has(messageText(message)))
  const storedByText = await findStored({ run, statements }, taken)
  return messages.map((message, index) => {
    const text = messageText(message)
    const stored = storedByText.get(text)
    if (stored) return { kind: 'taken', recorded: answerOf(message, stored) }
    const of = indexByText.get(text) ?? index
    if (of !== index) return { kind: 'copy', of }
    return { kind: 'claimed', tombstone: tombstoneOf(rowByText.get(text)) }
  })
}

/** A message that was answered. */
export type Stored = { readonly fingerprint: Buffer; readonly body: string }

async function findStored(
  { run, statements }: Pick<Session, 'run' | 'statements'>,
  taken: readonly NewClaim[],
): Promise<ReadonlyMap<string, Stored>> {
  if (taken.length === 0) return new Map()
  const rows = await run<RepeatRow>(statements['message-repeat'], [...keyColumns(taken)])
  assert.equal(rows.length, taken.length, 'a taken key has its message')
  return new Map(
    rows.map((row) => {
      assert(row.fingerprint && row.response_body, 'a claimed message has its answer')
      return [rowText(row), { fingerprint: row.fingerprint, body: row.response_body }]
    }),
  )
}

/** The stored bytes for the same message; nothing but a refusal for another one under its key. */
export function answerOf(sent: { readonly fingerprint: Buffer }, stored: Stored): Recorded {
  return stored.fingerprint.equals(sent.fingerprint)
    ? { kind: 'replay', body: stored.body }
    : { kind: 'mismatch' }
}

function rowText(row: KeyRow): string {
  return `${row.bank_id}/${row.kind}/${row.network_key}`
}

function tombstoneOf(row: ClaimRow | undefined): Tombstone | undefined {
  return row?.overtaken_as ? { overtakenAs: row.overtaken_as, recordId: row.record_id } : undefined
}

type KeyRow = { readonly bank_id: string; readonly kind: string; readonly network_key: string }
type ClaimRow = KeyRow & {
  readonly overtaken_as: OvertakenReason | null
  readonly record_id: string | null
}
type RepeatRow = KeyRow & {
  readonly fingerprint: Buffer | null
  readonly response_body: string | null
}
