// The schemas of protocol/, compiled. The published ones leave room for fields of later versions;
// what we write ourselves may hold nothing that they do not name.
'use strict';
const fs = require('node:fs');
const path = require('node:path');
const Ajv = require('ajv');
const Ajv2019 = require('ajv/dist/2019');
const formats = require('ajv-formats');

const protocol = path.join(__dirname, '..', '..', 'protocol');
const readJson = (file) => JSON.parse(fs.readFileSync(file, 'utf8'));

function files() {
  const folder = path.join(protocol, 'schemas');
  return fs.readdirSync(folder).sort().map((file) => [file, readJson(path.join(folder, file))]);
}

// Objects that are not one of several shapes of another: those see only their own part.
function closed(schema) {
  const parts = new Set((schema.oneOf ?? []).map(({ $ref }) => $ref.split('/').pop()));
  const close = (object) => {
    if (object.type === 'object') object.unevaluatedProperties = false;
    Object.values(object.properties ?? {}).forEach(close);
  };
  close(schema);
  for (const [name, definition] of Object.entries(schema.definitions ?? {})) {
    if (!parts.has(name)) close(definition);
  }
  delete schema.$schema; // unevaluatedProperties is younger than draft 7
  return schema;
}

function compiler(Kind, change) {
  const ajv = new Kind({ allErrors: true, strict: true, strictRequired: false });
  formats(ajv);
  for (const [file, schema] of files()) ajv.addSchema(change(schema), file);
  return ajv;
}

// Of a choice between shapes, only what the nearest shape says: the one with the right kind.
function told(errors) {
  const branch = (error) => /#\/definitions\/(\w+)\//.exec(error.schemaPath)?.[1];
  const other = new Set(
    errors
      .filter(({ keyword, instancePath }) =>
        (keyword === 'const' || keyword === 'enum') && /^\/(kind|command|ok)$/.test(instancePath))
      .map(branch),
  );
  const near = errors.filter((error) => !other.has(branch(error)));
  // What failed elsewhere counts as not looked at.
  const plain = near.filter(({ keyword }) => !['oneOf', 'unevaluatedProperties'].includes(keyword));
  return (plain.length > 0 ? plain : near)
    .map(({ instancePath, message, params }) => `${instancePath || '/'} ${message} ${JSON.stringify(params).slice(0, 120)}`)
    .slice(0, 5)
    .join('; ');
}

class Contract {
  constructor(ajv) {
    this.ajv = ajv;
  }
  // What is wrong with a value, null if nothing is. Looks into strings that hold JSON.
  trouble(name, value) {
    const validate = this.ajv.getSchema(`${name}.json`);
    if (!validate) return `there is no schema '${name}'`;
    if (!validate(value)) return told(validate.errors);
    for (const [field, { contentSchema }] of Object.entries(validate.schema.properties ?? {})) {
      if (!contentSchema) continue;
      let content;
      try {
        content = JSON.parse(value[field]);
      } catch (error) {
        return `/${field} ${error.message}`;
      }
      const inner = this.trouble(contentSchema.$ref.replace('.json', ''), content);
      if (inner) return `/${field}: ${inner}`;
    }
    return null;
  }
}

module.exports = {
  protocol,
  readJson,
  files,
  published: () => new Contract(compiler(Ajv, (schema) => schema)),
  exact: () => new Contract(compiler(Ajv2019, closed)),
};
