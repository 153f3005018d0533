// sent.cjs <folder>: what the daemon sent in the tests fits the schemas, with no field that they do
// not name. tests/rig/wire_record wrote it down. 77: no test ran that listens.
'use strict';
const fs = require('node:fs');
const path = require('node:path');
const { exact } = require('./schemas.cjs');

const folder = process.argv[2];
const files = fs.existsSync(folder) ? fs.readdirSync(folder).sort() : [];
const contract = exact();
const counts = {};
const kinds = new Set();
const troubles = new Map();

function look(line) {
  const at = line.indexOf(' ');
  const name = /\/(status|state|reply|event|health)(\/[^/]+)?$/.exec(line.slice(0, at))?.[1];
  let trouble;
  try {
    const value = JSON.parse(line.slice(at + 1));
    trouble = contract.trouble(name, value);
    if (name === 'event') kinds.add(JSON.parse(value.entry).kind);
  } catch (error) {
    trouble = error.message;
  }
  counts[name] = (counts[name] ?? 0) + 1;
  // One of each kind of trouble is enough to mend it.
  if (trouble && !troubles.has(trouble)) troubles.set(trouble, line);
}

for (const file of files) {
  const lines = fs.readFileSync(path.join(folder, file), 'utf8').split('\n');
  // The last line of a test that was killed may be half a line.
  lines.slice(0, -1).forEach(look);
}
for (const [trouble, line] of [...troubles].slice(0, 20)) {
  console.error(`${trouble}\n    ${line.slice(0, 1000)}`);
}
const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
console.log(`${total} messages ${JSON.stringify(counts)}, ${kinds.size} kinds of entries, ` +
  `${troubles.size} kinds of trouble`);
if (troubles.size > 0) process.exitCode = 1;
else if (total === 0) process.exitCode = 77;
