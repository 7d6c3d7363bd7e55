// Validates JSON files against a schema (draft 2020-12). One line a file on
// stdout: `ok FILE`, or `bad FILE: why`. Exit status 1 when one is bad.
const fs = require("fs");
const Ajv = require("ajv/dist/2020");
const [schema, ...files] = process.argv.slice(2);
const valid = new Ajv({ allErrors: true, strict: true }).compile(JSON.parse(fs.readFileSync(schema)));
for (const file of files) {
  const good = valid(JSON.parse(fs.readFileSync(file)));
  const why = (valid.errors || []).map((e) => `${e.instancePath} ${e.message}`).join("; ");
  console.log(good ? `ok ${file}` : `bad ${file}: ${why}`);
  if (!good) process.exitCode = 1;
}
