// The way to the daemon on this machine: one listener for the screen, and requests.

const retryMs = [500, 1000, 2000, 5000];

// Calls `changed` with every push, and with null when the daemon is away.
export function listen(changed) {
  let failures = 0;
  function connect() {
    const socket = new WebSocket(`ws://${location.host}/api/events`);
    socket.addEventListener('message', (event) => {
      failures = 0;
      changed(JSON.parse(event.data));
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
export async function post(path, body = {}) {
  try {
    const response = await fetch(path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
    return await response.json();
  } catch {
    return null;
  }
}

export async function get(path) {
  try {
    const response = await fetch(path);
    return response.ok ? await response.json() : null;
  } catch {
    return null;
  }
}
