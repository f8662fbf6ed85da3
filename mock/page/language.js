// The page's words in English and Japanese, and how times and sizes are written in each.

import english from './words-en.js';
import japanese from './words-ja.js';

const words = { en: english, ja: japanese };
const listeners = [];

export const language = () => document.documentElement.lang;

// The text of a key; {0}, {1} … stand for the arguments. A key without a text is its own: names of the API.
export function t(key, ...values) {
  const text = words[language()][key] ?? english[key] ?? key;
  return text.replace(/\{(\d)\}/g, (_, number) => values[number]);
}

export const has = (key) => key in words[language()];

// Writes the texts of the elements that name a key.
export function translate(root = document) {
  for (const element of root.querySelectorAll('[data-t]')) element.textContent = t(element.dataset.t);
  for (const element of root.querySelectorAll('[data-t-placeholder]'))
    element.placeholder = t(element.dataset.tPlaceholder);
  for (const element of root.querySelectorAll('[data-t-label]'))
    element.setAttribute('aria-label', t(element.dataset.tLabel));
}

export const onLanguage = (listener) => listeners.push(listener);

export function setLanguage(tag) {
  document.documentElement.lang = tag;
  history.replaceState(null, '', `?lang=${tag}`);
  translate();
  for (const listener of listeners) listener();
}

const formats = new Map();
function format(name, options, calendar = '') {
  const locale = (language() === 'ja' ? 'ja-JP' : 'en-GB') + calendar;
  const key = name + locale;
  if (!formats.has(key)) formats.set(key, new Intl.DateTimeFormat(locale, { timeZone: 'Asia/Tokyo', ...options }));
  return formats.get(key);
}

const two = { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' };
// Moments are shown as in Japan, where the law's days begin and end.
export const timeOf = (moment) => format('time', two).format(moment);
export const dayOf = (moment) =>
  format('day', { year: 'numeric', month: language() === 'ja' ? 'long' : 'short', day: 'numeric' }).format(moment);
export const weekdayOf = (moment) => format('weekday', { weekday: 'short' }).format(moment);
export const eraDayOf = (moment) =>
  format('era', { era: 'long', year: 'numeric', month: 'long', day: 'numeric' }, '-u-ca-japanese').format(moment);
export const momentOf = (moment) => `${dayOf(moment)} ${timeOf(moment)}`;
export const numberOf = (number) => new Intl.NumberFormat(language()).format(number);
