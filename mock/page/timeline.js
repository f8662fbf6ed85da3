// A life as a picture: a bar for each certificate, coloured by its status as time went, a mark for each event, and
// where the clock stands.

import { mockNow } from './clock.js';
import { get, h, onWidth, renew, s } from './dom.js';
import { dayOf, language, momentOf, t } from './language.js';

const DAY = 86400e3;
// Before and after the clock's moment; null for everything from the first certificate to the last day.
const SPANS = { span_all: null, span_year: [243 * DAY, 122 * DAY], span_month: [20 * DAY, 10 * DAY], span_day: [16 * 3600e3, 8 * 3600e3] };
const ROW = 34, TOP = 8, BAR = 12;
const OUTCOMES = { hold: 'held', release: 'good', revoke: 'revoked', supersede: 'superseded' };

let life = null;
let width = 0;
let span = 'span_all';
let drawn = '';

const at = (text) => Date.parse(text);

// [from, to, status] of a certificate: good from its first moment on, then as the events say.
function phases(certificate) {
  const list = [{ from: at(certificate.not_before), status: 'good' }];
  for (const event of life.events)
    for (const one of event.certificates)
      if (one.certificate === certificate.certificate) list.push({ from: at(event.recorded_at), status: OUTCOMES[one.outcome] ?? 'revoked' });
  const now = list.at(-1).status;
  if (certificate.state !== 'good' && (now === 'good' || (now === 'held' && certificate.state === 'revoked')))
    list.push({ from: at(certificate.revoked_at), status: certificate.reason === 'superseded' ? 'superseded' : certificate.state });
  return list.map((phase, index) => [phase.from, list[index + 1]?.from ?? at(certificate.not_after), phase.status]);
}

function range(now) {
  if (SPANS[span]) return [now - SPANS[span][0], now + SPANS[span][1]];
  const from = Math.min(now, ...life.certificates.map((one) => at(one.not_before)), ...life.events.map((one) => at(one.recorded_at)));
  const to = Math.max(now, ...life.certificates.map((one) => at(one.not_after)));
  const edge = Math.max((to - from) * 0.04, DAY);
  return [from - edge, to + edge];
}

const HOUR = 3600e3, JAPAN = 9 * HOUR, MONTH = 30.4 * DAY;
// Hours or days, and from a month on as many months.
const STEPS = [HOUR, 3 * HOUR, 6 * HOUR, DAY, 2 * DAY, 5 * DAY, 10 * DAY, 1, 3, 6, 12, 24];

// Round moments of Japan between two ends, about one for each 100 pixels, with their labels.
function ticks(from, to) {
  const lengthOf = (step) => (step < HOUR ? step * MONTH : step);
  const step = STEPS.find((one) => (to - from) / lengthOf(one) <= width / 100) ?? STEPS.at(-1);
  const list = [];
  if (step >= HOUR) {
    for (let moment = Math.ceil((from + JAPAN) / step) * step - JAPAN; moment < to; moment += step) list.push(moment);
  } else {
    const first = new Date(from + JAPAN);
    let month = Math.ceil((first.getUTCFullYear() * 12 + first.getUTCMonth() + 1) / step) * step;
    for (let moment = 0; moment < to; month += step) list.push((moment = Date.UTC(Math.floor(month / 12), month % 12) - JAPAN));
  }
  return list.filter((moment) => moment >= from && moment < to).map((moment) => [moment, label(moment, step)]);
}

function label(moment, step) {
  const options = step >= 12 && step < HOUR ? { year: 'numeric' } : step < HOUR ? { year: 'numeric', month: 'short' }
    : step < DAY ? { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } : { month: 'short', day: 'numeric' };
  return new Intl.DateTimeFormat(language() === 'ja' ? 'ja-JP' : 'en-GB', { timeZone: 'Asia/Tokyo', ...options }).format(moment);
}

function bars(certificate, row, x) {
  const y = TOP + row * ROW + 14;
  return phases(certificate).map(([from, to, status]) => {
      const left = x(from), right = Math.max(x(to), left + 2);
      return s('rect', { class: `phase ${status}`, x: left, y, width: right - left, height: BAR, rx: 2 },
        s('title', {}, `${t(status)}: ${momentOf(from)} – ${momentOf(to)}`));
    });
}

function draw() {
  const now = mockNow()?.getTime();
  if (!life || !width || !now) return;
  const [from, to] = range(now);
  const x = (moment) => Math.round(Math.min(Math.max((moment - from) / (to - from), 0), 1) * (width - 2) * 10) / 10 + 1;
  const rows = life.certificates.length;
  const height = TOP + rows * ROW + 44;
  const base = TOP + rows * ROW + 8;
  const isSeen = (moment) => moment >= from && moment <= to;
  const picture = s('svg', { viewBox: `0 0 ${width} ${height}`, width, height, role: 'img', 'aria-labelledby': 'timeline-text' },
    ticks(from, to).map(([moment, text]) => [
      s('line', { class: 'tick', x1: x(moment), x2: x(moment), y1: TOP, y2: base + 12 }),
      x(moment) > 30 && x(moment) < width - 30 && s('text', { class: 'tick', x: x(moment), y: base + 28, 'text-anchor': 'middle' }, text)]),
    life.certificates.map((certificate, row) => bars(certificate, row, x)),
    life.events.filter((event) => isSeen(at(event.recorded_at))).map((event) => s('g', {},
      s('line', { class: 'event', x1: x(at(event.recorded_at)), x2: x(at(event.recorded_at)), y1: TOP, y2: base }),
      s('circle', { class: 'event', cx: x(at(event.recorded_at)), cy: base, r: 4.5 },
        s('title', {}, `${t(`event_${event.event}`)}, ${momentOf(at(event.recorded_at))}`)))),
    s('line', { class: 'now', x1: x(now), x2: x(now), y1: 0, y2: base + 12 }),
    s('path', { class: 'now', d: `M${x(now) - 4} 0h8l-4 6z` }),
    // Last, above the lines.
    life.certificates.map((certificate, row) => s('text', { x: 0, y: TOP + row * ROW + 10, class: 'name' },
      `${t(certificate.kind)}  ${certificate.certificate}`)));
  get('timeline').replaceChildren(picture);
  get('timeline-text').textContent = describe(now);
}

function describe(now) {
  return [t('timeline_text', momentOf(now)), ...life.certificates.map((certificate) =>
    `${t(certificate.kind)} ${certificate.certificate}: ${phases(certificate).map(([from, , status]) => `${t(status)} ${dayOf(from)}`).join(', ')}, ${t('until', dayOf(at(certificate.not_after)))}`)].join(' ');
}

// Drawn again when the life has changed, or the clock has moved by more than a pixel can show.
export function showTimeline(shown) {
  life = shown;
  renew(get('span'), [span, language()], () => Object.keys(SPANS).map((name) =>
    h('button', { type: 'button', 'aria-pressed': String(name === span), onclick: () => { span = name; showTimeline(life); } }, t(name))));
  const now = mockNow()?.getTime() ?? 0;
  const state = JSON.stringify([life, span, language(), width, Math.floor(now / 10e3)]);
  if (state === drawn) return;
  drawn = state;
  if (life) draw();
  else get('timeline').replaceChildren();
}

export function startTimeline() {
  onWidth(get('timeline'), (measured) => {
    width = measured;
    draw();
  });
}
