// The world as a whole: scenarios, snapshots and the reset.

import { post } from './api.js';
import { get, h, renew } from './dom.js';
import { has, language, t } from './language.js';

let page;

const titleOf = (scenario) => (has(`scenario_${scenario.name}`) ? t(`scenario_${scenario.name}`) : scenario.title);

async function play(event) {
  event.preventDefault();
  const { value } = get('scenario');
  const played = await page.act(() => post('/mock/scenarios', { name: value }),
    (done) => t('played', titleOf({ name: value, title: done.title })));
  const person = played?.residents.at(-1);
  if (person) page.select(person.id);
}

function keepState(event) {
  event.preventDefault();
  const name = get('snapshot-name').value.trim();
  page.act(() => post('/mock/snapshot', { name }), t('kept', name));
}

function reset(event) {
  event.preventDefault();
  const to = get('snapshot').value;
  page.act(() => post('/mock/reset', { to }), (done) => t('was_reset', done.name));
}

function forms() {
  return [
    h('form', { onsubmit: play }, h('label', { class: 'field' }, h('span', {}, t('scenario')),
      h('select', { id: 'scenario' }, page.scenarios.map((one) => h('option', { value: one.name }, titleOf(one))))),
    h('button', { type: 'submit' }, t('play'))),
    h('form', { onsubmit: keepState }, h('label', { class: 'field' }, h('span', {}, t('snapshot')),
      h('input', { id: 'snapshot-name', value: 'before', pattern: '[A-Za-z0-9_-]{1,64}', required: true, autocomplete: 'off' })),
    h('button', { type: 'submit' }, t('keep'))),
    h('form', { onsubmit: reset }, h('label', { class: 'field' }, h('span', {}, t('reset_to')),
      h('select', { id: 'snapshot' }, page.snapshots.map((one) => h('option', { value: one.name }, one.name === 'start' ? t('start') : one.name)))),
    h('button', { type: 'submit', id: 'reset' }, t('reset'))),
  ];
}

export function showState() {
  renew(get('state'), [page.scenarios, page.snapshots, language()], forms);
}

export function startState(shared) {
  page = shared;
}
