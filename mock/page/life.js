// One resident: the four items, the certificates and what OCSP says of them, and what has happened.

import { post } from './api.js';
import { get, h, keep, renew } from './dom.js';
import { dayOf, language, momentOf, onLanguage, t, timeOf } from './language.js';
import { showEventForm, startEventForm } from './events.js';
import { KINDS, nameOf, whatOf } from './residents.js';
import { chip } from './status.js';
import { showTimeline, startTimeline } from './timeline.js';

const WATCH_MILLISECONDS = 2000;

let page;
// The last answer about each certificate, by "sign-1/100000009".
const answers = new Map();

const idOf = (certificate) => `${certificate.ca}/${certificate.serial}`;
const residentNow = () => page.residents.find((one) => one.id === page.selected);

// Those on the card and in the phone, and those that they have replaced.
export const certificatesOf = (resident) => [
  ...KINDS.filter((kind) => resident[kind]).map((kind) => ({ kind, ...resident[kind] })),
  ...(resident.earlier ?? []).map((one) => ({ kind: one.ca.replace(/-\d+$/, ''), former: true, ...one })),
];

export const answerOf = (id) => answers.get(id);

async function ask({ ca, serial }) {
  const answer = await post('/mock/ask', { ca, serial });
  answers.set(idOf(answer), { ...answer, at: Date.now() });
  return answer;
}

// Said when it differs from the last one, so that a screen reader hears an answer turn and not each that stays.
export function inWords(answer) {
  const what = answer.status ? t(answer.status) + (answer.reason ? ` (${answer.reason})` : '') : `${t('refused')}: ${answer.refused}`;
  return `${answer.ca}/${answer.serial}: ${what}`;
}

async function askAloud(certificate) {
  await page.act(() => ask(certificate), inWords);
}

async function watch() {
  const resident = residentNow();
  if (get('watch').checked && resident && !document.hidden) {
    for (const certificate of certificatesOf(resident).filter((one) => !one.former)) {
      const before = answers.get(idOf(certificate));
      const answer = await ask(certificate).catch(() => null);
      if (answer && before && inWords(before) !== inWords(answer)) page.say(inWords(answer), answer.status ?? 'alarm');
    }
    showLife();
  }
  setTimeout(watch, WATCH_MILLISECONDS);
}

function itemsOf(resident) {
  const pair = (name, value, lang) => value && h('div', {}, h('dt', {}, t(name)), h('dd', { lang }, value));
  return [pair('name', resident.name, 'ja'), pair('birth', resident.birth && /^\d{4}-(0[1-9]|1[0-2])-\d\d$/.test(resident.birth) ? dayOf(new Date(`${resident.birth}T12:00:00+09:00`)) : resident.birth),
    pair('sex', resident.sex && t(resident.sex)), pair('municipality', resident.municipality),
    pair('address', resident.address, 'ja')];
}

function answerText(answer) {
  if (!answer) return [h('span', { class: 'quiet' }, t('not_asked'))];
  if (!answer.status) return [chip('refused'), h('span', { class: 'quiet' }, answer.refused)];
  const since = answer.revoked_at ? t('since', momentOf(Date.parse(answer.revoked_at))) : t('produced', timeOf(Date.parse(answer.produced_at)));
  return [chip(answer.status, answer.reason), h('span', { class: 'quiet' }, since)];
}

function linksOf(certificate) {
  const { files } = page.world;
  const link = (name) => certificate[name] && h('a', { href: files.url.replace(/^.*?(?=\/mock\/)/, '') + certificate[name].slice(files.folder.length), download: `${certificate.ca}-${certificate.serial}.${name}` }, name);
  return [link('cer'), link('key'), link('p12')].filter(Boolean);
}

function makeCertificate(certificate) {
  return h('article', { class: 'certificate' },
    h('header', {}, h('h4'), h('code', {}, idOf(certificate)), h('span', { class: 'links' })),
    h('p', { class: 'register' }),
    h('p', { class: 'answer' }),
    h('button', { type: 'button', class: 'ask', onclick: () => askAloud(certificate) }));
}

function updateCertificate(element, certificate) {
  const [head, register, answer, button] = element.children;
  element.setAttribute('aria-label', `${t(certificate.kind)} ${idOf(certificate)}`);
  renew(head.children[0], [certificate.kind, certificate.former, language()], () => [t(certificate.kind), certificate.former && h('small', {}, ` ${t('former')}`)]);
  if (page.world) renew(head.children[2], [certificate.cer], () => linksOf(certificate));
  renew(register, [certificate.status, certificate.reason, certificate.not_after, language()], () => [
    h('span', { class: 'label' }, t('register')), chip(certificate.status, certificate.reason),
    certificate.not_after && h('span', { class: 'quiet' }, t('until', dayOf(Date.parse(certificate.not_after))))]);
  const last = answers.get(idOf(certificate));
  renew(answer, [last?.status, last?.refused, last?.reason, last?.produced_at, language()], () => [h('span', { class: 'label' }, 'OCSP'), ...answerText(last)]);
  renew(button, [language()], () => [t('ask')]);
}

function outcomeText(outcome) {
  return [t(`outcome_${outcome.outcome}`), outcome.reason && ` (${outcome.reason})`, outcome.article && ` — ${outcome.article}`];
}

// What an event does to each certificate, by which article.
export const consequences = (certificates) => certificates.length === 0
  ? h('p', { class: 'quiet' }, t('nothing_falls'))
  : h('ul', { class: 'consequences' }, certificates.map((one) => h('li', { class: one.outcome },
    h('code', {}, one.certificate), ' ', outcomeText(one))));

function makeEvent(event) {
  return h('li', {}, h('time', { datetime: event.recorded_at }, momentOf(Date.parse(event.recorded_at))), ' ',
    h('strong', {}, t(`event_${event.event}`)), consequences(event.certificates));
}

export function showLife() {
  const resident = residentNow();
  get('life').hidden = !resident;
  if (!resident) return;
  get('life-title').textContent = nameOf(resident);
  get('life-state').textContent = whatOf(resident);
  renew(get('items'), [resident.name, resident.birth, resident.sex, resident.municipality, resident.address, language()], () => itemsOf(resident));
  keep(get('certificates'), certificatesOf(resident), idOf, makeCertificate, updateCertificate);
  const life = page.life?.resident.id === resident.id ? page.life : null;
  renew(get('history'), [life?.events, resident.id, language()], () => (life?.events.length > 0
    ? life.events.map(makeEvent) : [h('li', { class: 'quiet' }, t('nothing_happened'))]));
  showEventForm(resident);
  showTimeline(life);
}

export function startLife(shared) {
  page = shared;
  startEventForm(shared);
  startTimeline();
  onLanguage(() => get('outcome').replaceChildren());
  setTimeout(watch, WATCH_MILLISECONDS);
}
