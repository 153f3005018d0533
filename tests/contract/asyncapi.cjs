// protocol/asyncapi.yaml is AsyncAPI 3, resolves, and its examples fit.
'use strict';
const path = require('node:path');
const { Parser, fromFile } = require('@asyncapi/parser');
const { protocol } = require('./schemas.cjs');

(async () => {
  const file = path.join(protocol, 'asyncapi.yaml');
  const { document, diagnostics } = await fromFile(new Parser(), file).parse();
  // 3.0 is what tools read today.
  const found = diagnostics.filter(({ code }) => code !== 'asyncapi-latest-version');
  for (const { range, message, path: at } of found) {
    console.error(`asyncapi.yaml:${range.start.line + 1}: ${at.join('.')}: ${message}`);
  }
  const messages = document?.messages().all() ?? [];
  console.log(`${document?.channels().length ?? 0} channels, ${messages.length} messages`);
  process.exitCode = found.length > 0 || messages.length !== 6 ? 1 : 0;
})();
