// protocol/asyncapi.yaml is AsyncAPI 3, resolves, and its examples fit.
'use strict';
const path = require('node:path');
const { Parser, fromFile } = require('@asyncapi/parser');
const { exact, protocol } = require('./schemas.cjs');

(async () => {
  const file = path.join(protocol, 'asyncapi.yaml');
  const { document, diagnostics } = await fromFile(new Parser(), file).parse();
  // 3.0 is what tools read today.
  const found = diagnostics.filter(({ code }) => code !== 'asyncapi-latest-version');
  for (const { range, message, path: at } of found) {
    console.error(`asyncapi.yaml:${range.start.line + 1}: ${at.join('.')}: ${message}`);
  }
  const messages = document?.messages().all() ?? [];
  // The parser passes over what is wrong in an example of a file of its own.
  let examples = 0;
  let wrong = 0;
  for (const message of messages) {
    for (const example of message.examples().all()) {
      examples += 1;
      const trouble = exact().trouble(message.id(), example.payload());
      if (!trouble) continue;
      wrong += 1;
      console.error(`asyncapi.yaml: ${message.id()}: example ${example.name()}: ${trouble}`);
    }
  }
  console.log(`${examples} examples, ${wrong} wrong`);
  console.log(`${document?.channels().length ?? 0} channels, ${messages.length} messages`);
  process.exitCode = found.length > 0 || messages.length !== 6 || wrong > 0 || examples < 6 ? 1 : 0;
})();
