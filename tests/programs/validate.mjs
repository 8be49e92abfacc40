// Khronos' validator over glTF files: one JSON line a file, {uri, issues: {numErrors, numWarnings, messages}}.
// node validate.mjs FILE...
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import validator from 'gltf-validator';

for (const file of process.argv.slice(2)) {
  const report = await validator.validateBytes(new Uint8Array(readFileSync(file)), {
    uri: file,
    maxIssues: 50,
    externalResourceFunction: async (uri) =>
      new Uint8Array(readFileSync(join(dirname(file), decodeURIComponent(uri)))),
  });
  console.log(JSON.stringify(report));
}
