import type { MessageNumbers } from '@tolem/client/message-numbers'
import type { Shell } from './shell.ts'

/** What every command is made with. */
export type Toolbox = {
  readonly shell: Shell
  /** Numbers for the next message. */
  readonly nextNumbers: () => MessageNumbers
  /** Says with which code the process is to end. */
  readonly endWith: (exitCode: number) => void
}
