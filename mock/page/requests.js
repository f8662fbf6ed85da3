// Requests of verifiers as they come in, the newest first.

import { remove } from './api.js';
import { get, h, keep, renew } from './dom.js';
import { language, numberOf, t, timeOf } from './language.js';
import { chip } from './status.js';

const SHOWN = 40;

let page;

// "OCSP auth", "CRL sign-1 full", or the target itself.
function titleOf({ method, target }) {
  const path = target.split('?')[0];
  const ocsp = /^\/ocsp\/([a-z]+(?:\/pinless)?)/.exec(path);
  if (ocsp) return `OCSP ${ocsp[1]}${method === 'GET' ? ' (GET)' : ''}`;
  const crl = /^\/crl\/(.+)\.crl$/.exec(path);
  return crl ? `CRL ${crl[1]}` : `${method} ${path}`;
}

const statusOf = (single) => (single.status === 'revoked' && single.reason === 'certificateHold' ? 'held' : single.status);

function answerOf(request) {
  if (request.status !== 200) return [h('span', { class: `chip ${request.status < 400 ? 'unknown' : 'refused'}` }, `HTTP ${request.status || '—'}`)];
  const answer = request.ocsp_response;
  if (!answer) return [h('span', { class: 'chip' }, `${numberOf(request.size)} B`)];
  if (!answer.responses) return [h('span', { class: 'chip refused' }, answer.response_status ?? t('unreadable'))];
  return answer.responses.map((single) => chip(statusOf(single), single.reason));
}

function make(request) {
  const serials = request.ocsp_request?.cert_ids?.map((id) => id.serial).join(', ');
  return h('li', {}, h('details', {},
    h('summary', {}, h('time', { datetime: request.at }, timeOf(Date.parse(request.at))),
      h('span', { class: 'title' }, titleOf(request), ' ', serials && h('code', {}, serials)),
      h('span', { class: 'chips' }, answerOf(request), request.faults.map((name) => h('span', { class: 'chip fault-tag' }, name)))),
    h('pre', { tabindex: 0, 'aria-label': t('request_as_json') }, JSON.stringify(request, null, 1))));
}

export function showRequests() {
  const { count, requests } = page.requests;
  get('request-count').textContent = count === 0 ? t('no_requests', page.world?.verifier ?? '') : t('request_count', numberOf(count));
  const shown = requests.slice(-SHOWN).reverse();
  renew(get('request-list'), [language(), count < (page.lastCount ?? 0)], () => []);
  page.lastCount = count;
  keep(get('request-list'), shown, (request) => request.number, make);
}

export function startRequests(shared) {
  page = shared;
  get('forget').addEventListener('click', () => page.act(() => remove('/mock/requests'), t('forgotten')));
}
