import { render } from 'preact';

import { Kiosk, onKey } from './kiosk';
import './kiosk.css';
import { start, type State } from './state';

const root = document.getElementById('kiosk');
if (root !== null) {
  let shown: State | null = null;
  start((state) => {
    const isFirst = shown === null;
    shown = state;
    render(<Kiosk {...state} />, root);
    if (isFirst) requestIdleCallback(keepPage);
  });
  document.addEventListener('keydown', (event) => {
    if (shown !== null) onKey(event, shown);
  });
}

// Keeps the page for the day when the daemon is down; in nobody's way before the first screen.
function keepPage(): void {
  void navigator.serviceWorker?.register('/worker.js').catch(() => undefined);
}
