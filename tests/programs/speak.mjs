// examples/07_serve.mjs in a page of headless Chromium, on the server at `url`; prints what the page says.
// node speak.mjs < {"chromium":…, "examples": folder, "url": "ws://…"}
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { withPage } from './page.mjs';

const job = JSON.parse(readFileSync(0));
const files = Object.fromEntries(['07_serve.mjs', 'hello.wav'].map((name) => [`/${name}`, join(job.examples, name)]));
await withPage(job.chromium, 'speak.html', files, 100, async (page) => {
  const said = new Promise((resolve) => page.on('console', (message) => resolve(message.text())));
  await page.evaluate((url) => {
    window.WebSocket = class extends WebSocket { constructor() { super(url); } };
    return import('/07_serve.mjs');
  }, job.url);
  console.log(await said);
});
