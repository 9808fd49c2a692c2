import { z } from 'zod'

/** What the environment may say; `--home` and `--url` go before it. */
export const terminalConfig = z.object({
  /** Where `demo.json` is, and where the last messages are remembered. */
  TOLEM_HOME: z.string().default('.tolem'),
  /** The bank API, instead of the address in `demo.json`. */
  TOLEM_URL: z.url({ protocol: /^https?$/ }).optional(),
  /** Any text: no colours (no-color.org). */
  NO_COLOR: z.string().optional(),
})
export type TerminalConfig = z.output<typeof terminalConfig>
