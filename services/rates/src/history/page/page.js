/** Draws what /history.json tells: bid, ask, the official rate and the widening, with refusals shaded. */

const HEIGHT = 416
const FOLLOW_MS = 5_000
const uPlot = globalThis.uPlot
const find = (id) => document.getElementById(id)
const parts = Object.fromEntries(
  ['rate', 'span', 'until', 'follow', 'said', 'chart', 'at', 'refusals', 'ask'].map((id) => [
    id,
    find(id),
  ]),
)

let plot
let shown

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`)
const timeOf = (ms) => new Date(ms).toLocaleString('en-GB', { timeZone: 'Asia/Almaty' })

/** For the eye only: what is counted with stays text. */
const numberOf = (text) => (text === undefined ? null : Number(text))

/** Points at equal steps; where none was written the line breaks. */
function columnsOf(chart) {
  const byAt = new Map(chart.points.map((point) => [point.at, point]))
  // A minute without a row is a gap; until then a price that nobody changed stands.
  const reach = Math.max(1, Math.ceil(65_000 / chart.partMs))
  const columns = { at: [], bid: [], ask: [], official: [], widening: [] }
  let last
  let age = 0
  for (let at = chart.points[0]?.at ?? chart.from; at < chart.to; at += chart.partMs) {
    const point = byAt.get(at)
    if (point !== undefined) last = point
    age = point === undefined ? age + 1 : 0
    const known = age <= reach ? last : undefined
    columns.at.push(at / 1_000)
    columns.bid.push(numberOf(known?.bid))
    columns.ask.push(numberOf(known?.ask))
    columns.widening.push(known?.wideningBasisPoints ?? null)
    columns.official.push(officialAt(chart, at))
  }
  return columns
}

/** The official dollar says something of coins that stand for one. */
function officialAt(chart, at) {
  if (!['USDT', 'USDC'].includes(chart.asset)) return null
  const day = new Date(at).toLocaleDateString('en-CA', { timeZone: 'Asia/Almaty' })
  const known = chart.official.findLast((each) => each.day <= day)
  return known === undefined ? null : Number(known.rate)
}

function shadeRefusals(drawn) {
  const { ctx, bbox } = drawn
  ctx.save()
  ctx.fillStyle = colour('refused')
  for (const { from, to } of shown.refusals) {
    const left = Math.max(bbox.left, drawn.valToPos(from / 1_000, 'x', true))
    const right = Math.min(
      bbox.left + bbox.width,
      drawn.valToPos((to ?? shown.to) / 1_000, 'x', true),
    )
    if (right >= left) ctx.fillRect(left, bbox.top, Math.max(2, right - left), bbox.height)
  }
  ctx.restore()
}

function optionsOf() {
  const line = (label, name, more = {}) => ({ label, stroke: colour(name), width: 1.5, ...more })
  const axis = { stroke: colour('ink'), grid: { stroke: colour('faint'), width: 1 } }
  return {
    width: parts.chart.clientWidth,
    height: HEIGHT,
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1_000), 'Asia/Almaty'),
    cursor: { drag: { x: true, y: false } },
    scales: { points: { range: (_plot, _low, high) => [0, Math.max(10, high * 4)] } },
    series: [
      { label: 'Almaty' },
      line('lowest bid', 'bid'),
      line('highest ask', 'ask'),
      line('official', 'official', { dash: [8, 6] }),
      line('widening, bp', 'widening', { scale: 'points' }),
    ],
    axes: [
      axis,
      { ...axis, size: 90 },
      { ...axis, scale: 'points', side: 1, grid: { show: false }, size: 50 },
    ],
    hooks: { drawClear: [shadeRefusals], setCursor: [sayCursor] },
  }
}

function sayCursor(drawn) {
  const index = drawn.cursor.idx
  if (index === null || index === undefined) return
  const [at, bid, ask, , widening] = drawn.data.map((column) => column[index])
  const refusal = shown.refusals.find(
    ({ from, to }) => at * 1_000 >= from && at * 1_000 < (to ?? shown.to),
  )
  const price = bid === null ? 'no price' : `bid ${bid}, ask ${ask}, widened by ${widening} bp`
  parts.at.textContent = `${timeOf(at * 1_000)}: ${price}${refusal ? `, refused: ${refusal.guard}` : ''}`
}

function draw(chart) {
  shown = chart
  const { at, bid, ask, official, widening } = columnsOf(chart)
  plot?.destroy()
  plot = new uPlot(optionsOf(), [at, bid, ask, official, widening], parts.chart)
  parts.chart.dataset.points = String(chart.points.length)
  parts.chart.dataset.refusals = String(chart.refusals.length)
  const span = `${timeOf(chart.from)} to ${timeOf(chart.to)}`
  const count = `${chart.points.length} points, ${chart.refusals.length} refusals`
  parts.said.textContent = `${chart.asset}/KZT at ${chart.exchange}, ${span}: ${count}`
  parts.refusals.replaceChildren(...chart.refusals.toReversed().map(rowOf))
}

function rowOf({ guard, from, to }) {
  const row = document.createElement('tr')
  const lasted = to === undefined ? 'still' : `${Math.round((to - from) / 1_000)} s`
  for (const text of [guard, timeOf(from), to === undefined ? '' : timeOf(to), lasted]) {
    const cell = document.createElement('td')
    cell.textContent = text
    row.append(cell)
  }
  return row
}

async function show() {
  const [exchange = '', asset = ''] = parts.rate.value.split(' ')
  const query = new URLSearchParams({ exchange, asset, spanSeconds: parts.span.value })
  // What is entered is Almaty's time, as everything shown is.
  if (parts.until.value) query.set('to', `${parts.until.value.padEnd(19, ':00')}+05:00`)
  try {
    const response = await fetch(`/history.json?${query}`)
    const told = await response.json()
    if (response.ok) draw(told)
    else parts.said.textContent = told.error
  } catch (error) {
    parts.said.textContent = `Not reachable: ${error.message}`
  }
}

function moveCursor(by) {
  const last = plot.data[0].length - 1
  const index = Math.min(last, Math.max(0, (plot.cursor.idx ?? last) + by))
  const left = plot.valToPos(plot.data[0][index], 'x')
  plot.setCursor({ left, top: plot.over.clientHeight / 2 })
}

function changeSpan(by) {
  const { span } = parts
  span.selectedIndex = Math.min(span.options.length - 1, Math.max(0, span.selectedIndex + by))
  return show()
}

const KEYS = {
  ArrowLeft: (event) => moveCursor(event.shiftKey ? -10 : -1),
  ArrowRight: (event) => moveCursor(event.shiftKey ? 10 : 1),
  Home: () => moveCursor(Number.NEGATIVE_INFINITY),
  End: () => moveCursor(Number.POSITIVE_INFINITY),
  '+': () => changeSpan(-1),
  '-': () => changeSpan(1),
  Escape: () => {
    parts.until.value = ''
    return show()
  },
}

parts.chart.addEventListener('keydown', (event) => {
  const act = KEYS[event.key]
  if (act === undefined || plot === undefined) return
  event.preventDefault()
  act(event)
})
parts.ask.addEventListener('submit', (event) => {
  event.preventDefault()
  void show()
})
for (const part of [parts.rate, parts.span, parts.until])
  part.addEventListener('change', () => void show())
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => shown && draw(shown))
addEventListener('resize', () => plot?.setSize({ width: parts.chart.clientWidth, height: HEIGHT }))
// A chart that somebody reads with the keyboard must not be drawn anew under the cursor.
setInterval(() => {
  const isRead = document.activeElement === parts.chart || document.hidden
  if (parts.follow.checked && !parts.until.value && !isRead) void show()
}, FOLLOW_MS)

const { isKept, rates } = await (await fetch('/history/rates.json')).json()
parts.rate.replaceChildren(
  ...rates.map(
    ({ exchange, asset }) => new Option(`${asset}/KZT at ${exchange}`, `${exchange} ${asset}`),
  ),
)
if (isKept) await show()
else parts.said.textContent = 'No history is kept: DATABASE_URL is not set.'
