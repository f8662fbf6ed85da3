// OCSP answers as they came, a row for each certificate that was asked about, the newest on the right.

import { get, h, keep, onWidth, renew, s } from './dom.js';
import { language, momentOf, t } from './language.js';
import { chip, mark, shape, STATUSES } from './status.js';

const ROWS = 8;
const CELL = 13;

let page;
let width = 0;

// What one answer says of a certificate: a status of ours, its reason, and when it came.
function outcomeOf(request, id) {
  const said = { at: Date.parse(request.at), number: request.number, faults: request.faults };
  const single = request.ocsp_response?.responses?.find((one) => one.serial === id.serial);
  // An answer that a fault sent in pieces is not kept.
  if (request.status === 200 && !request.ocsp_response) return { ...said, status: 'unseen' };
  if (!single || request.status !== 200) return { ...said, status: 'refused', reason: request.ocsp_response?.response_status ?? `HTTP ${request.status}` };
  const isHeld = single.status === 'revoked' && single.reason === 'certificateHold';
  return { ...said, status: isHeld ? 'held' : single.status, reason: single.reason };
}

// The certificates that were asked about last, each with its answers in order; the column is the request's place.
function rowsOf(requests) {
  const asked = requests.filter((one) => one.ocsp_request?.cert_ids);
  const rows = new Map();
  asked.forEach((request, column) => {
    const ca = /^\/ocsp\/(\w+)/.exec(request.target)?.[1] ?? '';
    for (const id of request.ocsp_request.cert_ids) {
      const key = `${ca} ${id.serial}`;
      if (!rows.has(key)) rows.set(key, { key, ca, serial: id.serial, points: [] });
      rows.get(key).points.push({ column, ...outcomeOf(request, id) });
    }
  });
  const list = [...rows.values()].sort((a, b) => b.points.at(-1).number - a.points.at(-1).number).slice(0, ROWS);
  return { total: asked.length, list: list.sort((a, b) => a.key.localeCompare(b.key)) };
}

const words = (point) => `${t(point.status)}${point.reason ? ` (${point.reason})` : ''}, ${momentOf(point.at)}${point.faults.length > 0 ? ` [${point.faults.join(', ')}]` : ''}`;

function strip(row, total) {
  const room = Math.max(Math.floor((width - 4) / CELL), 1);
  const first = Math.max(total - room, 0);
  const points = row.points.filter((point) => point.column >= first);
  const x = (column) => (column - first) * CELL + 1;
  return s('svg', { viewBox: `0 0 ${width} 20`, width, height: 20, 'aria-hidden': 'true' },
    s('line', { class: 'lane', x1: 0, x2: width, y1: 10, y2: 10 }),
    points.map((point) => {
      const dot = shape(point.status, x(point.column), 4.5, 11);
      dot.append(s('title', {}, words(point)));
      if (point.faults.length > 0) dot.append(s('path', { class: 'faulty', d: 'M1 13.5h10' }));
      return dot;
    }));
}

function make(row) {
  return h('div', { class: 'lane' }, h('div', { class: 'lane-name' }, h('span', {}), ' ', h('code', {}, row.serial)),
    h('div', { class: 'strip' }), h('p', { class: 'last' }));
}

export function showAnswers(shared) {
  page = shared;
  const { total, list } = rowsOf(page.requests.requests);
  renew(get('legend'), [language()], () => STATUSES.filter((one) => !['superseded', 'expired', 'unseen'].includes(one))
    .map((status) => h('li', { class: status }, mark(status), t(status))));
  if (list.length === 0) {
    renew(get('lanes'), ['none', language()], () => [h('p', { class: 'quiet' }, t('no_answers'))]);
    return;
  }
  if (get('lanes').shown) {
    get('lanes').replaceChildren();
    get('lanes').shown = '';
  }
  keep(get('lanes'), list, (row) => row.key, make, (element, row) => {
    const [name, place, last] = element.children;
    const point = row.points.at(-1);
    name.firstElementChild.textContent = t(row.ca);
    renew(last, [point.status, point.reason, row.points.length, language()], () => [chip(point.status, point.reason),
      h('span', { class: 'hidden' }, t('answers_text', row.points.length, momentOf(point.at)))]);
    renew(place, [row.points.map((one) => [one.number, one.status]), total, width, language()], () => (width ? [strip(row, total)] : []));
  });
  watchWidth();
}

let watched = null;
function watchWidth() {
  const place = get('lanes').querySelector('.strip');
  if (!place || watched === place) return;
  watched = place;
  onWidth(place, (measured) => {
    width = measured;
    showAnswers(page);
  });
}
