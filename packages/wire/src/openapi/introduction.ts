import { ADVICE_REASON_CODES, REVERSAL_REASON_CODES } from '../iso/codes.ts'
import { ISO_NOTES } from '../iso/document.ts'
import { APPROVAL_MESSAGES, type CardholderMessages, DECLINE_MESSAGES } from '../messages.ts'
import { PROBLEMS } from '../problem.ts'
import type { ResponseCodeTable } from '../response-codes.ts'
import {
  ADVICE_OUTCOME_NOTES,
  ADVICE_REASON_NOTES,
  APPROVAL_NOTES,
  CLEARING_OUTCOME_NOTES,
  DECLINE_NOTES,
  REVERSAL_OUTCOME_NOTES,
  REVERSAL_REASON_NOTES,
} from './notes.ts'

const GREETING = `Tolem decides card transactions in tenge against a cardholder's crypto wallet.

Every request is signed by RFC 9421 HTTP Message Signatures (\`hmac-sha256\` or \`ed25519\`) over \`@method\`,
\`@target-uri\` and \`content-digest\` (RFC 9530, also for an empty body), with \`created\`, \`nonce\` and \`keyid\`.
\`Response-Budget-Ms\` may shorten the bank's response budget. Answers to \`POST\` carry \`Server-Timing\`.`

type Row = readonly string[]

function table(head: Row, rows: readonly Row[]): string {
  const line = (cells: Row): string => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

const words = ({ kk, ru, en }: CardholderMessages): Row => [kk, ru, en]

const LANGUAGES = ['Қазақша', 'Русский', 'English'] as const

function approvals(codes: ResponseCodeTable): string {
  const rows = entries(APPROVAL_NOTES).map(([outcome, note]) => [
    `\`${outcome}\``,
    codes[outcome],
    note,
    ...words(APPROVAL_MESSAGES[outcome]),
  ])
  return table(['outcome', 'DE39', 'when', ...LANGUAGES], rows)
}

function declines(codes: ResponseCodeTable): string {
  const rows = entries(DECLINE_NOTES).map(([reason, { meaning, retry }]) => [
    `\`${reason}\``,
    codes[reason],
    meaning,
    retry,
    ...words(DECLINE_MESSAGES[reason]),
  ])
  return table(['reason', 'DE39', 'when', 'ask again', ...LANGUAGES], rows)
}

function coded<Word extends string>(
  notes: Readonly<Record<Word, string>>,
  codes: Readonly<Record<Word, string>>,
): string {
  return table(
    ['reason', 'DE25', 'when'],
    entries(notes).map(([word, note]) => [`\`${word}\``, codes[word], note]),
  )
}

function outcomes(notes: Readonly<Record<string, string>>): string {
  return table(
    ['outcome', 'what it means'],
    entries(notes).map(([word, note]) => [`\`${word}\``, note]),
  )
}

/** `Object.entries` of a record whose keys are all known. */
function entries<Word extends string, Value>(
  record: Readonly<Record<Word, Value>>,
): [Word, Value][] {
  return Object.entries(record) as [Word, Value][]
}

const PROBLEM_LINES = Object.entries(PROBLEMS)
  .map(
    ([name, { status, responseCode, title }]) =>
      `- \`${name}\` (${status}, ${responseCode}): ${title}`,
  )
  .join('\n')

/**
 * The description in front of all calls, in Markdown: what holds for each of them, and every closed list of the API,
 * rendered from the lists themselves. `codes` is the programme's table; a bank's own may differ.
 */
export function introduction(codes: ResponseCodeTable): string {
  const sections: readonly (readonly [string, string])[] = [
    [
      'Problems',
      'What is not a decision is an RFC 9457 problem that also names a response code (DE39), so that a processor ' +
        `always has one to send on. None of them changes money:\n\n${PROBLEM_LINES}`,
    ],
    [
      'Response codes of approvals',
      'The codes of the programme. Each of them, here and below, can be another for one bank where its scheme wants ' +
        `that; a decline can never have the code of an approval.\n\n${approvals(codes)}`,
    ],
    [
      'Decline reasons',
      'In order of precedence: where several apply, the first is answered. A declined message stays declined, so to ' +
        `ask again means a new message under a new network key.\n\n${declines(codes)}`,
    ],
    ['Reversal reasons', coded(REVERSAL_REASON_NOTES, REVERSAL_REASON_CODES)],
    ['Reversal outcomes', `All are answered 00.\n\n${outcomes(REVERSAL_OUTCOME_NOTES)}`],
    ['Clearing outcomes', `All are answered 00.\n\n${outcomes(CLEARING_OUTCOME_NOTES)}`],
    ['Advice reasons', coded(ADVICE_REASON_NOTES, ADVICE_REASON_CODES)],
    ['Advice outcomes', `All are answered 00.\n\n${outcomes(ADVICE_OUTCOME_NOTES)}`],
    [
      'ISO 8583 and ISO 20022',
      'The whole mapping, field by field, is at [/docs/iso8583](/docs/iso8583).\n\n' +
        ISO_NOTES.map((note) => `- ${note}`).join('\n'),
    ],
  ]
  const text = sections.map(([title, body]) => `## ${title}\n\n${body}`).join('\n\n')
  return `${GREETING}\n\n${text}\n`
}
