// CRLs: how large each has been from one publication to the next.

import { post } from './api.js';
import { get, h, keep, onWidth, renew, s } from './dom.js';
import { language, momentOf, numberOf, t } from './language.js';

const HEIGHT = 44;

let page;
let width = 0;

// The publications of each list, the oldest first.
function seriesOf(crls) {
  const series = new Map();
  for (const crl of crls) {
    if (crl.kind === 'authority') continue;
    const key = `${crl.scope} ${crl.kind}`;
    if (!series.has(key)) series.set(key, { key, scope: crl.scope, kind: crl.kind, lists: [] });
    series.get(key).lists.unshift(crl);
  }
  for (const one of series.values()) one.lists.sort((a, b) => Number(a.number) - Number(b.number));
  return [...series.values()].sort((a, b) => b.scope.localeCompare(a.scope) || a.kind.localeCompare(b.kind));
}

function plot({ lists }, most) {
  const shown = lists.slice(-40);
  const step = shown.length > 1 ? (width - 14) / (shown.length - 1) : 0;
  const x = (index) => Math.round((7 + index * step) * 10) / 10;
  const y = (octets) => Math.round((HEIGHT - 5 - (octets / most) * (HEIGHT - 12)) * 10) / 10;
  // Steps: a list stands until the next one.
  const line = shown.map((crl, index) => (index === 0 ? `M${x(0)} ${y(crl.octets)}` : `H${x(index)}V${y(crl.octets)}`)).join('');
  const title = (crl) => `${numberOf(crl.octets)} B, ${t('entries', numberOf(crl.entries))}, ${momentOf(Date.parse(crl.this_update))}`;
  return s('svg', { viewBox: `0 0 ${width} ${HEIGHT}`, width, height: HEIGHT, 'aria-hidden': 'true' },
    s('line', { class: 'lane', x1: 0, x2: width, y1: HEIGHT - 5, y2: HEIGHT - 5 }),
    s('path', { class: 'area', d: `${line}V${HEIGHT - 5}H${x(0)}z` }),
    s('path', { class: 'line', d: line }),
    shown.map((crl, index) => s('circle', { class: index === shown.length - 1 ? 'dot last' : 'dot', cx: x(index), cy: y(crl.octets), r: index === shown.length - 1 ? 3.5 : 2 },
      s('title', {}, title(crl)))));
}

function make(row) {
  return h('div', { class: 'list-row' }, h('div', { class: 'list-name' }, h('strong'), ' ', h('code', {}, row.scope)),
    h('div', { class: 'strip' }), h('p', { class: 'size' }));
}

export function showLists() {
  const rows = seriesOf(page.crls);
  // One scale for complete lists and deltas, so that they can be compared.
  const most = Math.max(1, ...rows.flatMap((row) => row.lists.map((crl) => crl.octets)));
  keep(get('list-rows'), rows, (row) => row.key, make, (element, row) => {
    const [name, place, size] = element.children;
    const last = row.lists.at(-1);
    name.firstElementChild.textContent = t(row.kind);
    renew(size, [last.number, language()], () => [h('strong', {}, `${numberOf(last.octets)} B`), ' ', t('entries', numberOf(last.entries)),
      h('span', { class: 'quiet' }, t('valid_until', momentOf(Date.parse(last.next_update))))]);
    renew(place, [row.lists.map((crl) => crl.number), most, width, language()], () => (width ? [plot(row, most)] : []));
  });
  watchWidth();
}

let watched = null;
function watchWidth() {
  const place = get('list-rows').querySelector('.strip');
  if (!place || watched === place) return;
  watched = place;
  onWidth(place, (measured) => {
    width = measured;
    showLists();
  });
}

export function startLists(shared) {
  page = shared;
  get('publish').addEventListener('click', () => page.act(() => post('/mock/publish'), (done) => t('published', done.complete + done.delta)));
}
