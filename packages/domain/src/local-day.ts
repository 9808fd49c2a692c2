const DAY = new Intl.DateTimeFormat('en-CA', {
  timeZone: 'Asia/Almaty',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
})

const DAY_AND_TIME = new Intl.DateTimeFormat('sv-SE', {
  timeZone: 'Asia/Almaty',
  dateStyle: 'short',
  timeStyle: 'medium',
})

/** The Asia/Almaty day of an instant (ms since the epoch) as `YYYY-MM-DD`: limits count in these days, never in UTC. */
export function localDay(instant: number): string {
  return DAY.format(instant)
}

/** The Asia/Almaty month of an instant as `YYYY-MM`. */
export function localMonth(instant: number): string {
  return localDay(instant).slice(0, 7)
}

/** An instant (ms since the epoch) on the clocks of Almaty as `YYYY-MM-DDThh:mm:ss`, the form of DE12/13. */
export function localDateTime(instant: number): string {
  return DAY_AND_TIME.format(instant).replace(' ', 'T')
}
