// Elements without a framework.

export const byId = (id) => document.getElementById(id);

// `key` says which element is the same one when the screen is drawn anew.
export function element(tag, { key, text, classes = [], label, ...properties }, children) {
  const made = document.createElement(tag);
  if (key) made.dataset.key = key;
  if (text !== undefined) made.textContent = text;
  if (label) made.setAttribute('aria-label', label);
  if (classes.length > 0) made.className = classes.join(' ');
  if (tag === 'button') made.type = 'button';
  Object.assign(made, properties);
  if (children) made.append(...children);
  return made;
}

function isSame(old, fresh) {
  return old?.nodeName === fresh.nodeName && old.dataset?.key === fresh.dataset?.key;
}

function change(old, fresh) {
  if (old.nodeType === Node.TEXT_NODE) {
    if (old.data !== fresh.data) old.data = fresh.data;
    return;
  }
  for (const { name } of [...old.attributes]) {
    if (!fresh.hasAttribute(name)) old.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  for (const handler of ['onclick', 'oninput', 'onsubmit']) old[handler] = fresh[handler];
  if (old.nodeName === 'INPUT' && old.value !== fresh.value) old.value = fresh.value;
  redraw(old, [...fresh.childNodes]);
}

// Makes the children look like these, and keeps those that are the same: a finger or the focus may
// rest on one.
export function redraw(parent, children) {
  children.forEach((fresh, at) => {
    const old = parent.childNodes[at];
    if (isSame(old, fresh)) change(old, fresh);
    else if (old) old.replaceWith(fresh);
    else parent.append(fresh);
  });
  while (parent.childNodes.length > children.length) parent.lastChild.remove();
}

// Breaks a sentence between its clauses rather than inside a word, which Chinese does not mark.
export function showSentence(target, text) {
  const clauses = text.split(/(?<=[，。？])/);
  const clause = (one) => element('span', { text: one, classes: ['clause'] });
  target.replaceChildren(...clauses.map(clause));
}

export function show(target, text) {
  if (target.textContent !== text) target.textContent = text;
  target.hidden = text === '';
}
