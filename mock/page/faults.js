// Faults as switches.

import { post, remove } from './api.js';
import { get, h, keep, renew } from './dom.js';
import { has, language, t } from './language.js';
import { certificatesOf } from './life.js';

const FAMILIES = ['http', 'ocsp', 'crl', 'delta'];
const DELAYED = ['slow', 'drip'];

let page;

const activeOf = (kind) => page.faults.filter((one) => one.fault === kind.fault);
const whatOf = (kind) => (has(`fault_${kind.fault}`) ? t(`fault_${kind.fault}`) : kind.what);

// A new fault, with the scope that the fields above the switches say.
function wish(kind) {
  const value = (id) => get(id)?.value.trim();
  const body = { fault: kind.fault };
  const serial = value('fault-serial');
  if (serial && kind.family !== 'crl' && kind.family !== 'delta') Object.assign(body, { path: `/ocsp/${serial.split(' ')[0]}`, serial: serial.split(' ')[1] });
  if (value('fault-count')) body.count = Number(value('fault-count'));
  if (value('fault-milliseconds') && DELAYED.includes(kind.fault)) body.milliseconds = Number(value('fault-milliseconds'));
  return body;
}

async function turn(kind) {
  const active = activeOf(kind);
  if (active.length === 0) {
    await page.act(() => post('/mock/faults', wish(kind)), t('fault_on', kind.fault));
    return;
  }
  await page.act(async () => {
    for (const one of active) await remove(`/mock/faults/${one.id}`);
  }, t('fault_off', kind.fault));
}

function make(kind) {
  const button = h('button', { type: 'button', role: 'switch', class: 'toggle', 'aria-labelledby': `fault-${kind.fault}`, 'aria-describedby': `what-${kind.fault}`, onclick: () => turn(kind) },
    h('span', { class: 'knob', 'aria-hidden': 'true' }));
  return h('li', { class: 'fault' }, button, h('div', {}, h('code', { id: `fault-${kind.fault}` }, kind.fault), h('span', { class: 'fired' }),
    h('p', { class: 'quiet', id: `what-${kind.fault}` })));
}

function update(element, kind) {
  const active = activeOf(kind);
  element.firstElementChild.setAttribute('aria-checked', String(active.length > 0));
  element.classList.toggle('on', active.length > 0);
  const [, fired, what] = element.lastElementChild.children;
  what.textContent = whatOf(kind);
  fired.textContent = active.length === 0 ? '' : t('fired', active.reduce((sum, one) => sum + one.fired, 0));
}

function makeGroup(family) {
  return h('details', { class: 'group', open: family === 'http' || family === 'ocsp' }, h('summary', {}, h('span'), h('span', { class: 'badge' })), h('ul', { class: 'fault-list' }));
}

function updateGroup(element, family) {
  const kinds = page.kinds.filter((kind) => kind.family === family);
  const [name, badge] = element.firstElementChild.children;
  const count = kinds.reduce((sum, kind) => sum + activeOf(kind).length, 0);
  name.textContent = t(`family_${family}`);
  badge.textContent = count > 0 ? t('on_count', count) : '';
  keep(element.lastElementChild, kinds, (kind) => kind.fault, make, update);
}

function scope(certificates) {
  const number = (name, hint) => h('label', { class: 'field' }, h('span', {}, t(name)), h('input', { id: name.replace('_', '-'), type: 'number', min: 1, placeholder: t(hint), inputmode: 'numeric' }));
  return [
    h('label', { class: 'field wide' }, h('span', {}, t('fault_scope')), h('select', { id: 'fault-serial' },
      h('option', { value: '' }, t('every_request')),
      certificates.map((one) => h('option', { value: `${one.kind.replace('mobile-', '')} ${one.serial}` }, `${t(one.kind)} ${one.ca}/${one.serial}`)))),
    number('fault_count', 'until_off'), number('fault_milliseconds', 'its_own')];
}

export function showFaults() {
  const resident = page.residents.find((one) => one.id === page.selected);
  const certificates = resident ? certificatesOf(resident) : [];
  renew(get('fault-scope'), [certificates.map((one) => one.ca + one.serial), language()], () => scope(certificates));
  keep(get('fault-groups'), FAMILIES, (family) => family, makeGroup, updateGroup);
  get('heal').disabled = page.faults.length === 0;
}

export function startFaults(shared) {
  page = shared;
  get('heal').addEventListener('click', () => page.act(() => remove('/mock/faults'), t('healed')));
}
