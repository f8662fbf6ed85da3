// Recording an event for the resident, or only looking at what the law would bring.

import { post } from './api.js';
import { get, h, renew } from './dom.js';
import { language, t } from './language.js';
import { consequences } from './life.js';

// What each event carries, by the members of POST /mock/events; "?" marks what may be left out. A moved house comes
// first: it is what this page is tried with.
const EVENTS = {
  'address-change': ['address'],
  'name-change': ['name'],
  'birth-date-change': ['birth'],
  'sex-change': ['sex'],
  'former-name-change': ['former_name'],
  'alias-change': ['alias'],
  'move-out': ['planned'],
  'move-out-cancel': [],
  'overseas-exit': ['planned'],
  death: ['date?'],
  deletion: ['date?'],
  hold: ['kind?'],
  release: ['kind?'],
  'holder-application': ['kind?'],
  'key-notice': ['kind?'],
  'card-lapse': ['cause?'],
  'card-return': [],
  undelivered: ['kind?'],
  'record-error': ['kind?'],
};
const SAMPLES = { address: '東京都清瀬市元町一丁目１番', name: '模擬　新姓', former_name: '旧姓', alias: '通称', birth: '1980-02-18', sex: 'female' };
const DAYS = ['birth', 'planned', 'date'];

let page;
let resident;

function input(name, isOptional) {
  if (name === 'kind' || name === 'sex') {
    const values = name === 'kind' ? ['sign', 'auth'] : ['female', 'male'];
    return h('select', { name }, isOptional && h('option', { value: '' }, t('every_kind')), values.map((value) => h('option', { value }, t(value))));
  }
  const type = DAYS.includes(name) ? 'date' : name === 'cause' ? 'number' : 'text';
  return h('input', { name, type, value: SAMPLES[name] ?? '', required: !isOptional, autocomplete: 'off', ...(name === 'cause' ? { min: 1, max: 14 } : {}) });
}

function fields(event) {
  return EVENTS[event].map((written) => {
    const name = written.replace('?', '');
    return h('label', { class: `field ${name}` }, h('span', {}, t(name)), input(name, written.endsWith('?')));
  });
}

function body() {
  const form = get('event');
  const values = Object.fromEntries([...new FormData(form)].filter(([, value]) => value !== ''));
  return { resident: resident.id, ...values };
}

function showOutcome(answer) {
  const list = [...answer.earlier.flatMap((one) => one.certificates), ...answer.certificates];
  get('outcome').replaceChildren(h('p', {}, t(answer.dry_run ? 'would_bring' : 'has_brought', t(`event_${answer.event}`))), consequences(list));
}

async function record(dryRun) {
  const answer = await page.act(() => post('/mock/events', dryRun ? { ...body(), dry_run: true } : body()),
    (done) => (dryRun ? '' : t('recorded', t(`event_${done.event}`))));
  if (answer) showOutcome(answer);
}

function submit(event) {
  event.preventDefault();
  if (get('event').reportValidity()) record(false);
}

function form() {
  const place = h('div', { class: 'fields' });
  const choose = h('select', { name: 'event', id: 'event-name', onchange: () => place.replaceChildren(...fields(choose.value)) },
    Object.keys(EVENTS).map((name) => h('option', { value: name }, t(`event_${name}`))));
  place.append(...fields('address-change'));
  return [h('label', { class: 'field' }, h('span', {}, t('what_happened')), choose), place,
    h('div', { class: 'buttons' },
      h('button', { type: 'button', onclick: () => get('event').reportValidity() && record(true) }, t('preview')),
      h('button', { type: 'submit', class: 'main', id: 'record' }, t('record')))];
}

export function showEventForm(shown) {
  if (resident && resident.id !== shown.id) get('outcome').replaceChildren();
  resident = shown;
  renew(get('event'), [language()], form);
}

export function startEventForm(shared) {
  page = shared;
  get('event').addEventListener('submit', submit);
}
