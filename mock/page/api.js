// The control's API, as docs/openapi-mock.yaml describes it.

import { language } from './language.js';

// What the control refuses, with its own words.
export class Problem extends Error {
  constructor(problem) {
    super([problem.detail || problem.title, problem.article].filter(Boolean).join(' — '));
    this.problem = problem;
  }
}

async function send(method, path, body) {
  const response = await fetch(path, {
    method,
    headers: { 'Accept-Language': language(), ...(body === undefined ? {} : { 'Content-Type': 'application/json' }) },
    body: body === undefined ? undefined : JSON.stringify(body),
    cache: 'no-store',
  });
  const answer = await response.json();
  if (!response.ok) throw new Problem(answer);
  return answer;
}

export const read = (path) => send('GET', path);
export const post = (path, body = {}) => send('POST', path, body);
export const put = (path, body) => send('PUT', path, body);
export const remove = (path) => send('DELETE', path);
