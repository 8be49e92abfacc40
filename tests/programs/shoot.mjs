// Pictures of an animated GLB in three.js, in headless Chromium with software WebGL.
// node shoot.mjs '{"chromium":…, "model":…, "folder":…, "times":[s…], "size":px, "view":{left,right,top,bottom}}'
// writes folder/0.png, 1.png … and prints the animations that three.js found.
import { createReadStream, existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { dirname, extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import puppeteer from 'puppeteer-core';

const job = JSON.parse(process.argv[2]);
const here = dirname(fileURLToPath(import.meta.url));
const types = { '.html': 'text/html', '.js': 'text/javascript' };

const server = createServer((request, response) => {
  const path = normalize(new URL(request.url, 'http://localhost').pathname);
  const file = path === '/model' ? job.model : join(here, path);
  if (!existsSync(file)) return response.writeHead(404).end();
  response.writeHead(200, { 'Content-Type': types[extname(file)] ?? 'application/octet-stream' });
  createReadStream(file).pipe(response);
});
await new Promise((listening) => server.listen(0, '127.0.0.1', listening));

const browser = await puppeteer.launch({
  executablePath: job.chromium,
  args: ['--no-sandbox', '--use-angle=swiftshader', '--enable-unsafe-swiftshader', '--disable-dev-shm-usage'],
});
try {
  const page = await browser.newPage();
  await page.setViewport({ width: job.size, height: job.size });
  const problems = [];
  page.on('pageerror', (error) => problems.push(String(error)));
  await page.goto(`http://127.0.0.1:${server.address().port}/shoot.html`);
  await page.waitForFunction('window.ready').catch(() => { throw new Error(problems.join('; ') || 'the page did not load'); });
  const animations = await page.evaluate((options) => window.show(options), { size: job.size, view: job.view });
  for (const [index, time] of job.times.entries()) {
    await page.evaluate((at) => window.at(at), time);
    await page.screenshot({ path: join(job.folder, `${index}.png`) });
  }
  console.log(JSON.stringify(animations));
} finally {
  await browser.close();
  server.close();
}
