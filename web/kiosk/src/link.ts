// The way to the daemon on this machine: one listener for the screen, and requests.

import type { JournalLine, Outcome, Plan, Push } from './interface';

const retryMs = [500, 1000, 2000, 5000];

// Calls `changed` with every push, and with null when the daemon is away.
export function listen(changed: (push: Push | null) => void): void {
  let failures = 0;
  function connect(): void {
    const socket = new WebSocket(`ws://${location.host}/api/events`);
    socket.addEventListener('message', (event: MessageEvent<string>) => {
      failures = 0;
      changed(JSON.parse(event.data) as Push);
    });
    socket.addEventListener('close', () => {
      changed(null);
      setTimeout(connect, retryMs[Math.min(failures, retryMs.length - 1)]);
      failures += 1;
    });
  }
  connect();
}

// The decided answer, or null when none came.
export async function post(path: string, body: object = {}): Promise<Outcome | null> {
  try {
    const response = await fetch(path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
    return (await response.json()) as Outcome;
  } catch {
    return null;
  }
}

export async function fetchPlan(): Promise<Plan | null> {
  try {
    const response = await fetch('/api/plan');
    return response.ok ? ((await response.json()) as Plan) : null;
  } catch {
    return null;
  }
}

// The newest of the record; staff alone are told.
export async function fetchJournal(): Promise<JournalLine[]> {
  try {
    const response = await fetch('/api/staff/journal');
    return response.ok ? ((await response.json()) as { entries: JournalLine[] }).entries : [];
  } catch {
    return [];
  }
}
