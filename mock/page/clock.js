// The mock's clock: what time it is, and the buttons that move it.

import { put } from './api.js';
import { get, h, renew } from './dom.js';
import { dayOf, eraDayOf, language, momentOf, onLanguage, t, timeOf, weekdayOf } from './language.js';

const LEAPS = ['PT1H', 'P1D', 'P31D', 'P1Y'];
const RATES = [1, 60, 3600, 86400];

let page;

// The moment by the mock's clock now, between two readings.
export function mockNow() {
  const clock = page?.clock;
  if (!clock) return null;
  const passed = clock.frozen ? 0 : (performance.now() - clock.read) * clock.rate;
  return new Date(Date.parse(clock.now) + passed);
}

function tick() {
  const now = mockNow();
  if (!now) return;
  const day = language() === 'ja' ? eraDayOf(now) : dayOf(now);
  get('now').replaceChildren(h('span', { class: 'day' }, `${day} (${weekdayOf(now)})`), ' ',
    h('span', { class: 'hours' }, timeOf(now)));
  get('utc').textContent = `${now.toISOString().slice(0, 19)}Z`;
}

function move(change) {
  return page.act(() => put('/mock/clock', change), (clock) => t('clock_is', momentOf(Date.parse(clock.now))));
}

function goTo(event) {
  event.preventDefault();
  const value = get('moment').value;
  // As it is written on clocks in Japan.
  if (value) move({ now: `${value.length === 16 ? `${value}:00` : value}+09:00` });
}

function buttons() {
  const { clock } = page;
  const rates = RATES.includes(clock.rate) ? RATES : [...RATES, clock.rate];
  return [
    h('div', { class: 'segments', role: 'group', 'aria-label': t('advance') }, LEAPS.map((leap) =>
      h('button', { type: 'button', onclick: () => move({ advance: leap }), 'data-leap': leap }, t(leap)))),
    h('button', { type: 'button', id: 'freeze', 'aria-pressed': String(clock.frozen), onclick: () => move({ frozen: !page.clock.frozen }) },
      t(clock.frozen ? 'go_on' : 'freeze')),
    h('label', { class: 'field inline' }, h('span', { class: 'hidden' }, t('rate')),
      h('select', { id: 'rate', onchange: (event) => move({ rate: Number(event.target.value) }) }, rates.map((rate) =>
        h('option', { value: rate, selected: rate === clock.rate }, RATES.includes(rate) ? t(`rate_${rate}`) : `× ${rate}`)))),
    h('form', { class: 'goto', onsubmit: goTo },
      h('label', { class: 'field inline' }, h('span', { class: 'hidden' }, t('go_to_hint')),
        h('input', { type: 'datetime-local', id: 'moment', step: 1, required: true })),
      h('button', { type: 'submit' }, t('go_to'))),
  ];
}

export function showClock() {
  const { clock, world } = page;
  if (!clock) return;
  get('mode').textContent = t(clock.mode);
  get('mode').dataset.mode = clock.mode;
  get('world').textContent = world ? t('world', world.seed, world.verifier.replace('http://', '')) : '';
  tick();
  renew(get('clock-buttons'), [clock.frozen, clock.rate, language()], buttons);
}

export function startClock(shared) {
  page = shared;
  setInterval(tick, 250);
  onLanguage(tick);
}
