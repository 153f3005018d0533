// Every example fits its schema, and would not with a field too few or too many.
'use strict';
const fs = require('node:fs');
const path = require('node:path');
const { exact, protocol, published, readJson } = require('./schemas.cjs');

const [open, strict] = [published(), exact()];
const root = path.join(protocol, 'examples');
// The field that no other message has.
const marks = {
  command: 'signature',
  command_body: 'expires_at',
  reply: 'ok',
  status: 'link',
  state: 'compartments',
  health: 'uptime_s',
  event: 'entry',
  secrets: 'token',
};
let count = 0;
let failures = 0;
const fail = (where, what) => {
  failures += 1;
  console.error(`${where}: ${what}`);
};

for (const name of fs.readdirSync(root).sort()) {
  const schema = open.ajv.getSchema(`${name}.json`)?.schema;
  for (const file of fs.readdirSync(path.join(root, name)).sort()) {
    const where = `protocol/examples/${name}/${file}`;
    const value = readJson(path.join(root, name, file));
    count += 1;
    for (const contract of [open, strict]) {
      const trouble = contract.trouble(name, value);
      if (trouble) fail(where, trouble);
    }
    for (const field of schema?.required ?? []) {
      const { [field]: left, ...rest } = value;
      if (!open.trouble(name, rest)) fail(where, `fits without '${field}' as well`);
    }
    const later = { ...value, of_a_later_version: 1 };
    if (open.trouble(name, later)) fail(where, 'leaves no room for a field of a later version');
    if (!strict.trouble(name, later)) fail(where, 'the strict check lets an unknown field pass');
  }
}
// Those of the document for people: one a line.
const lines = fs.readFileSync(path.join(protocol, '..', 'docs', 'protocol.md'), 'utf8').split('\n');
lines.forEach((line, index) => {
  if (!line.startsWith('{"')) return;
  const value = JSON.parse(line);
  const [name] = Object.entries(marks).find(([, mark]) => mark in value) ?? ['?'];
  const trouble = strict.trouble(name, value);
  count += 1;
  if (trouble) fail(`docs/protocol.md:${index + 1}`, trouble);
});

console.log(`${count} examples, ${failures} wrong`);
process.exitCode = failures > 0 || count === 0 ? 1 : 0;
