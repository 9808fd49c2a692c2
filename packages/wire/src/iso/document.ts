import { ISO_ANSWERS } from './answers.ts'
import { ISO_CALLS, type IsoCall } from './calls.ts'
import { DATA_ELEMENTS, PRIVATE_ELEMENTS } from './elements.ts'
import type { Mapping } from './mapping.ts'

type Table = {
  readonly title: string
  /** In words, above the rows. */
  readonly text: string
  readonly head: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

const TITLES = {
  authorization: 'authorizations: 0100, 0200 (repeats 0101, 0201)',
  increment: 'increments: 0100, 0200 (repeats 0101, 0201), known by DE90 or 48.20',
  advice: 'advices: 0120, 0220 (repeats 0121, 0221), known by the reason in DE25',
  reversal: 'reversals: 0400, 0420 (repeats 0401, 0421)',
  clearing: 'clearings: 0220 (repeat 0221)',
  refund: 'refunds: 0200 (repeat 0201), DE3 20',
  balanceInquiry: 'balance inquiries: 0100 (repeat 0101), DE3 30',
  echo: 'echoes: 0800; DE7 and DE11 are the processor’s own',
} as const satisfies Record<IsoCall, string>

const ORDER = [
  'authorization',
  'increment',
  'advice',
  'reversal',
  'clearing',
  'refund',
  'balanceInquiry',
  'echo',
] as const satisfies readonly IsoCall[]

const MAPPING_HEAD = ['field', 'ISO 8583 (1987)', 'ISO 20022 cain', 'how']

const toRow = ({ field, elements, cain, rule }: Mapping): readonly string[] => [
  field,
  elements.map((element) => (element === 'MTI' ? element : `DE${element}`)).join(', ') || 'none',
  cain ?? 'private data',
  rule,
]

/** What holds for all tables. */
export const ISO_NOTES = [
  'The mapping is generated from the table by which the code itself converts, and which is tested to lose nothing: ' +
    'a body that became ISO 8583 and came back has the same fingerprint.',
  'A sub-element of DE48 that stands beside another element travels only where that one cannot hold the value: a ' +
    'purchase in tenge at a shop needs none but 48.01, the card token. DE2, DE35, DE52 and DE55 never travel.',
  'Dates have no year in ISO 8583 (1987). DE7 is taken to lie in the year that brings it nearest to its receipt, ' +
    'and DE13 in the year that brings it nearest to DE7; so a message of New Year’s Eve keeps its year in every ' +
    'zone, and a message may be up to 180 days old. A local date that is further from DE7 travels whole in 48.05.',
  'DE25 is the condition code of 1987 in requests. In reversals and advices it is the four-digit reason of ISO ' +
    '8583:1993 (the 1000 and 4000 series as in jPOS-CMF), for which 1987 has no element.',
  'Amounts are in minor units by ISO 4217: two decimals for the tenge (398), none for the yen, three for the Kuwaiti ' +
    'dinar. DE49 and DE51 are numeric where ISO 4217 has a number.',
  'An answer repeats DE3, 4, 7, 11, 12, 13, 32, 37, 41, 42, 49 and 70 of its request.',
  'cain paths are those of version 04, below the message’s root; MsgFctn stands in its header. GET and PUT calls ' +
    'have no message in ISO 8583.',
] as const

/** All tables: each call with its answer, then the elements and the private sub-elements. */
function listTables(): readonly Table[] {
  const calls = ORDER.flatMap((call): Table[] => [
    {
      title: `POST ${ISO_CALLS[call].path}`,
      text: `${TITLES[call]}. ${ISO_CALLS[call].cain}.`,
      head: MAPPING_HEAD,
      rows: ISO_CALLS[call].mappings.map(toRow),
    },
    {
      title: `Answer of POST ${ISO_CALLS[call].path}`,
      text: `${ISO_ANSWERS[call].cain}.`,
      head: MAPPING_HEAD,
      rows: ISO_ANSWERS[call].mappings.map(toRow),
    },
  ])
  return [
    ...calls,
    {
      title: 'Data elements',
      text: 'Those that these messages use.',
      head: ['element', 'name', 'format'],
      rows: Object.entries(DATA_ELEMENTS).map(([number, { name, notation }]) => [
        `DE${number}`,
        name,
        notation,
      ]),
    },
    {
      title: 'Private sub-elements',
      text: 'In DE48, each as two digits of tag, three digits of length, and its value.',
      head: ['sub-element', 'what it carries'],
      rows: Object.entries(PRIVATE_ELEMENTS)
        .toSorted(([left], [right]) => Number(left) - Number(right))
        .map(([tag, what]) => [`48.${tag}`, what]),
    },
  ]
}

const TITLE = 'Tolem bank API in ISO 8583 and ISO 20022'

/** The mapping as Markdown. */
export function isoMarkdown(): string {
  const cell = (text: string): string => text.replaceAll('|', '\\|')
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`
  const tables = listTables().map(({ title, text, head, rows }) =>
    [`## ${title}`, '', text, '', line(head), line(head.map(() => '---')), ...rows.map(line)].join(
      '\n',
    ),
  )
  const notes = ISO_NOTES.map((note) => `- ${note}`).join('\n')
  return `${[`# ${TITLE}`, notes, ...tables].join('\n\n')}\n`
}

/** The mapping as a page that loads nothing. */
export function isoPage(): string {
  const row = (tag: 'td' | 'th', cells: readonly string[]): string =>
    `<tr>${cells.map((cell) => `<${tag}>${escapeHtml(cell)}</${tag}>`).join('')}</tr>`
  const tables = listTables().map(
    ({ title, text, head, rows }) =>
      `<h2>${escapeHtml(title)}</h2>\n<p>${escapeHtml(text)}</p>\n<table>\n<thead>${row('th', head)}</thead>\n` +
      `<tbody>\n${rows.map((cells) => row('td', cells)).join('\n')}\n</tbody>\n</table>`,
  )
  const notes = ISO_NOTES.map((note) => `<li>${escapeHtml(note)}</li>`).join('\n')
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${TITLE}</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 75rem; margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse; width: 100% }
th, td { border: 1px solid #bbb; padding: 0.25rem 0.5rem; text-align: left; vertical-align: top }
td:first-child { font-family: ui-monospace, monospace }
</style>
</head>
<body>
<h1>${TITLE}</h1>
<ul>
${notes}
</ul>
${tables.join('\n')}
</body>
</html>
`
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
