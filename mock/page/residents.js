// The list of residents, and the dialog that adds one.

import { post } from './api.js';
import { get, h, keep } from './dom.js';
import { has, t, translate } from './language.js';
import { mark } from './status.js';

// So many are shown at once; the filter finds the others.
const SHOWN = 60;
export const KINDS = ['sign', 'auth', 'mobile-sign', 'mobile-auth'];

let page;

export const nameOf = (resident) => resident.name ?? resident.id;
const stateOf = (resident) => (has(`state_${resident.state}`) ? t(`state_${resident.state}`) : resident.state);
// The state that a resident was prepared in, unless that is nothing special.
export const whatOf = (resident) => (resident.state === 'good' ? resident.id : `${resident.id} · ${stateOf(resident)}`);

function matches(resident, words) {
  const text = [resident.id, resident.name, resident.address, resident.state, stateOf(resident),
    ...KINDS.map((kind) => resident[kind]?.serial)].join(' ').toLowerCase();
  return words.every((word) => text.includes(word));
}

function make(resident) {
  const button = h('button', { type: 'button', onclick: () => page.select(resident.id) },
    h('span', { class: 'name', lang: 'ja' }), h('span', { class: 'what' }), h('span', { class: 'marks' }));
  return h('li', {}, button);
}

function update(item, resident) {
  const [name, what, marks] = item.firstElementChild.children;
  name.textContent = nameOf(resident);
  what.textContent = whatOf(resident);
  const held = KINDS.filter((kind) => resident[kind]);
  const words = held.map((kind) => `${t(kind)}: ${t(resident[kind].status)}`).join(', ');
  if (marks.shown !== words) {
    marks.shown = words;
    marks.replaceChildren(...held.map((kind) => h('span', { class: `chip ${resident[kind].status}`, title: `${t(kind)}: ${t(resident[kind].status)}` },
      mark(resident[kind].status), kind.startsWith('mobile') ? null : h('span', { 'aria-hidden': 'true' }, t(`short_${kind}`)))), h('span', { class: 'hidden' }, words));
  }
  if (resident.id === page.selected) item.firstElementChild.setAttribute('aria-current', 'true');
  else item.firstElementChild.removeAttribute('aria-current');
}

export function showResidents() {
  const words = get('filter').value.toLowerCase().split(/\s+/).filter(Boolean);
  const found = page.residents.filter((resident) => matches(resident, words));
  keep(get('people'), found.slice(0, SHOWN), (resident) => resident.id, make, update);
  const rest = get('people-rest');
  rest.hidden = found.length > 0 && found.length <= SHOWN;
  rest.textContent = found.length === 0 ? t('none_found') : t('more', found.length - SHOWN);
}

function field(name, value, attributes = {}) {
  return h('label', { class: 'field' }, h('span', {}, t(name)), h('input', { name, value, required: true, autocomplete: 'off', ...attributes }));
}

function ask() {
  const dialog = get('dialog');
  const form = h('form', { method: 'dialog', class: 'sheet' },
    h('h2', { id: 'dialog-title' }, t('add_resident')),
    field('name', '模擬　花子'), field('birth', '1990-05-05', { type: 'date' }),
    h('label', { class: 'field' }, h('span', {}, t('sex')), h('select', { name: 'sex' },
      ['female', 'male'].map((sex) => h('option', { value: sex }, t(sex))))),
    field('municipality', '132217', { pattern: '[0-9]{6}', inputmode: 'numeric' }),
    field('address', '東京都清瀬市模擬町二丁目１番'),
    h('div', { class: 'buttons' }, h('button', { value: 'cancel', formnovalidate: true }, t('cancel')),
      h('button', { class: 'main', value: 'add' }, t('add'))));
  dialog.replaceChildren(form);
  dialog.onclose = () => {
    if (dialog.returnValue === 'add') add(Object.fromEntries(new FormData(form)));
  };
  dialog.returnValue = '';
  dialog.showModal();
}

async function add(items) {
  const added = await page.act(() => post('/mock/residents', { ...items, issue: true }),
    (resident) => t('added', nameOf(resident)));
  if (added) page.select(added.id);
}

export function startResidents(shared) {
  page = shared;
  get('filter').addEventListener('input', showResidents);
  get('add-resident').addEventListener('click', ask);
  translate(get('residents'));
}
