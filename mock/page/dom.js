// Making and keeping elements. Text goes in as text: nothing that a request says becomes markup.

const SVG = 'http://www.w3.org/2000/svg';

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.flat(9).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

// h('button', {class: 'small', onclick: f}, 'Text', child)
export const h = (tag, attributes, ...children) => fill(document.createElement(tag), attributes, children);
export const s = (tag, attributes, ...children) => fill(document.createElementNS(SVG, tag), attributes, children);

export const get = (id) => document.getElementById(id);

// Makes the children of `parent` those of `items`, in order: what stays is updated in place, so that focus and open
// details stay where they are.
export function keep(parent, items, keyOf, make, update = () => {}) {
  const former = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  let place = parent.firstElementChild;
  for (const item of items) {
    const key = String(keyOf(item));
    let child = former.get(key);
    former.delete(key);
    if (!child) {
      child = make(item);
      child.dataset.key = key;
    }
    update(child, item);
    if (child === place) place = place.nextElementSibling;
    else parent.insertBefore(child, place);
  }
  for (const child of former.values()) child.remove();
}

// Replaces the children when what they show has changed; `shown` says what that is.
export function renew(parent, shown, make) {
  const text = JSON.stringify(shown);
  if (parent.shown === text) return;
  parent.shown = text;
  parent.replaceChildren(...[make()].flat(9).filter(Boolean));
}

// Calls `draw` with the width of an element, now and whenever it changes.
export function onWidth(element, draw) {
  let last = -1;
  new ResizeObserver(() => {
    const width = Math.floor(element.clientWidth);
    if (width === last || width === 0) return;
    last = width;
    draw(width);
  }).observe(element);
}
