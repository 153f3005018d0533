// Elements without a framework.

export const byId = (id) => document.getElementById(id);

// `key` finds the element again after the screen was drawn anew, so that the focus stays.
export function element(tag, { key, text, classes = [], label, onClick, ...properties }, children) {
  const made = document.createElement(tag);
  if (key) made.dataset.key = key;
  if (text !== undefined) made.textContent = text;
  if (label) made.setAttribute('aria-label', label);
  made.classList.add(...classes);
  if (onClick) made.addEventListener('click', onClick);
  Object.assign(made, properties);
  if (tag === 'button' && !properties.type) made.type = 'button';
  if (children) made.append(...children);
  return made;
}

// Breaks a sentence between its clauses rather than inside a word, which Chinese does not mark.
export function showSentence(target, text) {
  const clauses = text.split(/(?<=[，。？])/);
  const clause = (one) => element('span', { text: one, classes: ['clause'] });
  target.replaceChildren(...clauses.map(clause));
}

export function show(target, text) {
  target.textContent = text;
  target.hidden = text === '';
}

export function replaceKeepingFocus(parent, children) {
  const focused = parent.contains(document.activeElement) ? document.activeElement : null;
  const key = focused?.dataset.key;
  parent.replaceChildren(...children);
  if (key) parent.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus();
}
