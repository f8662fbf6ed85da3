// The page: what it knows, when it asks again, and who shows it.

import { read, Problem } from './api.js';
import { get } from './dom.js';
import { language, onLanguage, setLanguage, t, translate } from './language.js';
import { showAnswers } from './answers.js';
import { showClock, startClock } from './clock.js';
import { showFaults, startFaults } from './faults.js';
import { showLife, startLife } from './life.js';
import { showLists, startLists } from './lists.js';
import { showRequests, startRequests } from './requests.js';
import { showResidents, startResidents } from './residents.js';
import { showState, startState } from './state.js';

// Everything that was read, by name; the parts of the page read it and never change it.
const page = {
  world: null, clock: null, residents: [], life: null, requests: { count: 0, requests: [] }, faults: [], kinds: [],
  crls: [], scenarios: [], snapshots: [], selected: null,
  select, refresh, act, say,
};

const sources = {
  clock: { path: () => '/mock/clock', take: (body) => { page.clock = { ...body, read: performance.now() }; }, every: 1 },
  requests: { path: () => '/mock/requests?last=120', take: (body) => { page.requests = body; }, every: 1 },
  faults: { path: () => '/mock/faults', take: (body) => { page.faults = body.faults; }, every: 2 },
  residents: { path: () => '/mock/residents', take: takeResidents, every: 3 },
  life: { path: () => page.selected && `/mock/residents/${page.selected}`, take: (body) => { page.life = body; }, every: 3 },
  crls: { path: () => '/mock/crls?limit=200', take: (body) => { page.crls = body.crls; }, every: 5 },
  snapshots: { path: () => '/mock/snapshot', take: (body) => { page.snapshots = body.snapshots; }, every: 10 },
};

const ABOUT_SELECTED = ['life'];

function takeResidents(body) {
  page.residents = body.residents;
  if (!page.residents.some((one) => one.id === page.selected)) page.selected = page.residents[0]?.id ?? null;
}

function show() {
  showClock(page);
  showResidents(page);
  showState(page);
  showLife(page);
  showAnswers(page);
  showLists(page);
  showFaults(page);
  showRequests(page);
}

const readSources = (names) => Promise.all(names.map(async (name) => {
  const path = sources[name].path();
  if (path) sources[name].take(await read(path));
}));

// Reads some of the sources, or all of them; those about the selected resident when it is known who that is.
async function refresh(...wanted) {
  const names = wanted.length > 0 ? wanted : Object.keys(sources);
  try {
    await readSources(names.filter((name) => !ABOUT_SELECTED.includes(name)));
    await readSources(names.filter((name) => ABOUT_SELECTED.includes(name)));
    get('lost').hidden = true;
    show();
  } catch (error) {
    lose(error);
  }
}

function lose(error) {
  if (error instanceof Problem) return;
  get('lost').hidden = false;
  get('lost').textContent = t('lost');
}

async function select(id) {
  page.selected = id;
  page.life = null;
  show();
  await refresh('life');
}

// Does what changes something: says what came of it, and shows the world as it is then.
async function act(work, said) {
  document.body.setAttribute('aria-busy', 'true');
  try {
    const result = await work();
    const text = typeof said === 'function' ? said(result) : said;
    if (text) say(text);
    return result;
  } catch (error) {
    say(error instanceof Problem ? error.message : t('lost'), 'alarm');
    return null;
  } finally {
    document.body.removeAttribute('aria-busy');
    await refresh();
  }
}

let silence = 0;
function say(text, kind = '') {
  const box = get('said');
  box.className = `said shown ${kind}`;
  box.textContent = text;
  clearTimeout(silence);
  silence = setTimeout(() => box.classList.remove('shown'), kind === 'alarm' ? 12000 : 6000);
}

function startLanguages() {
  const links = document.querySelectorAll('.languages a');
  const mark = () => links.forEach((link) =>
    link.lang === language() ? link.setAttribute('aria-current', 'true') : link.removeAttribute('aria-current'));
  for (const link of links)
    link.addEventListener('click', (event) => {
      event.preventDefault();
      setLanguage(link.lang);
    });
  onLanguage(() => { mark(); show(); });
  mark();
}

let round = 0;
async function look() {
  if (!document.hidden) {
    round += 1;
    await refresh(...Object.keys(sources).filter((name) => round % sources[name].every === 0));
  }
  setTimeout(look, 1000);
}

async function start() {
  translate();
  startLanguages();
  for (const part of [startClock, startResidents, startState, startLife, startLists, startFaults, startRequests]) part(page);
  try {
    const [world, { kinds }, { scenarios }] = await Promise.all(['/mock', '/mock/fault-kinds', '/mock/scenarios'].map(read));
    Object.assign(page, { world, kinds, scenarios });
  } catch (error) {
    lose(error);
  }
  await refresh();
  document.body.dataset.ready = 'true';
  setTimeout(look, 1000);
}

start();
