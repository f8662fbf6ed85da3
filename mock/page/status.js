// Statuses as small marks: a shape and a word, so that colour alone says nothing.

import { h, s } from './dom.js';
import { t } from './language.js';

// In a box of 12 by 12.
const SHAPES = {
  good: () => s('circle', { cx: 6, cy: 6, r: 4.5 }),
  held: () => s('path', { d: 'M3 2h2.4v8H3zM6.6 2H9v8H6.6z' }),
  revoked: () => s('path', { d: 'M2.2 3.6 3.6 2.2 6 4.6l2.4-2.4 1.4 1.4L7.4 6l2.4 2.4-1.4 1.4L6 7.4 3.6 9.8 2.2 8.4 4.6 6z' }),
  superseded: () => s('path', { d: 'M6 1.5 10.5 6 6 10.5 1.5 6z' }),
  expired: () => s('path', { d: 'M2 5h8v2H2z' }),
  unknown: () => s('circle', { cx: 6, cy: 6, r: 3.6, fill: 'none', stroke: 'currentColor', 'stroke-width': 2 }),
  unseen: () => s('path', { d: 'M4 5h4v2H4z' }),
  refused: () => s('path', { d: 'M6 1.2 11 10.4H1z' }),
};

export const STATUSES = Object.keys(SHAPES);

// A shape for SVG, with its upper left corner at (x, y).
export const shape = (status, x = 0, y = 0, size = 12) =>
  s('g', { class: `mark ${status}`, transform: `translate(${x} ${y}) scale(${size / 12})` }, SHAPES[status]());

export const mark = (status) =>
  s('svg', { class: 'icon', viewBox: '0 0 12 12', width: 12, height: 12, 'aria-hidden': 'true' }, shape(status));

export const chip = (status, reason) =>
  h('span', { class: `chip ${status}` }, mark(status), h('span', {}, t(status)), reason && h('small', {}, reason));
