import Table from 'cli-table3'

const LABEL_WIDTH = 16
const BLOCKS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'] as const
const NO_BORDERS = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: ' ',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: ' ',
} as const

/** A line with a label in front, so that a person reads it and `grep` finds it. */
export function labelled(label: string, text: string): string {
  return `  ${label.padEnd(LABEL_WIDTH)}${text}`.trimEnd()
}

/** A line across the paper. */
export const RULE = `  ${'─'.repeat(60)}`

/** Rows in columns without borders; the columns in `numeric` stand at the right. */
export function columns(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  numeric: readonly number[] = [],
): string {
  const table = new Table({
    head: [...head],
    chars: NO_BORDERS,
    colAligns: head.map((_, index) => (numeric.includes(index) ? 'right' : 'left')),
    style: { head: [], border: [], 'padding-left': 1, 'padding-right': 1 },
  })
  table.push(...rows.map((row) => [...row]))
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
}

/** A bar of `share` (0 to 1) of `width` characters, exact to an eighth of one. */
export function bar(share: number, width: number): string {
  const eighths = Math.round(Math.min(1, Math.max(0, share)) * width * 8)
  return '█'.repeat(Math.floor(eighths / 8)) + BLOCKS[eighths % 8]
}
