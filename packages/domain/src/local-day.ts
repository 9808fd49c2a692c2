const ALMATY = new Intl.DateTimeFormat('en-CA', {
  timeZone: 'Asia/Almaty',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
})

/** The Asia/Almaty day of an instant (ms since the epoch) as `YYYY-MM-DD`: limits count in these days, never in UTC. */
export function localDay(instant: number): string {
  return ALMATY.format(instant)
}

/** The Asia/Almaty month of an instant as `YYYY-MM`. */
export function localMonth(instant: number): string {
  return localDay(instant).slice(0, 7)
}
