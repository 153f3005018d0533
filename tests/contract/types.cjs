// types.cjs: web/protocol.d.ts is what the schemas come to. types.cjs --write makes it so.
'use strict';
const fs = require('node:fs');
const path = require('node:path');
const { compile } = require('json-schema-to-typescript');
const { files, protocol } = require('./schemas.cjs');

const target = path.join(protocol, '..', 'web', 'protocol.d.ts');
const comment = `// style: table
// Made of protocol/schemas by \`tests/contract/run.sh types --write\`; a test checks it.
// A later version of a cabinet may send fields and codes that are not here.`;

const pascal = (text) => text.replace(/(^|_)(\w)/g, (all, line, letter) => letter.toUpperCase());

// References become names, so that each type is written once and each schema stands alone.
function named(value, own) {
  if (Array.isArray(value)) return value.map((element) => named(element, own));
  if (value === null || typeof value !== 'object') return value;
  if (value.$ref) {
    const [file, name] = value.$ref.split('#/definitions/');
    return { tsType: (file === 'types.json' ? '' : own) + pascal(name) };
  }
  // A description around a reference.
  if (value.allOf?.length === 1) return { ...named(value.allOf[0], own), description: value.description };
  // Which of two optional fields is needed says nothing of their types.
  const { anyOf, definitions, contentSchema, ...rest } = value;
  return Object.fromEntries(Object.entries(rest).map(([key, part]) => [key, named(part, own)]));
}

function types() {
  const found = [];
  for (const [file, schema] of files()) {
    const own = file === 'types.json' ? '' : schema.title;
    for (const [name, part] of Object.entries(schema.definitions ?? {})) {
      found.push([own + pascal(name), named(part, own)]);
    }
    if (own === '') continue;
    const { oneOf, ...message } = named(schema, own);
    found.push([oneOf ? `${own}Common` : own, message]);
    if (oneOf) {
      const shapes = oneOf.map(({ tsType }) => tsType).join(' | ');
      found.push([own, { description: schema.description, tsType: `${own}Common & (${shapes})` }]);
    }
  }
  return found;
}

const options = {
  bannerComment: '',
  additionalProperties: false,
  ignoreMinAndMaxItems: true,
  style: { singleQuote: true, printWidth: 100 },
};

(async () => {
  const parts = [];
  for (const [name, schema] of types()) parts.push(await compile({ ...schema, title: name }, name, options));
  const text = [`${comment}\n`, ...parts].join('\n');
  if (process.argv.includes('--write')) {
    fs.writeFileSync(target, text);
  } else if (!fs.existsSync(target) || fs.readFileSync(target, 'utf8') !== text) {
    console.error('web/protocol.d.ts is not what the schemas come to: tests/contract/run.sh types --write');
    process.exitCode = 1;
  }
})();
