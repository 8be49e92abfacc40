// A browser that Python leads: a line of JSON in, a line of JSON out. Names ending in .example lead to this machine.
// node live_page.mjs CHROMIUM   {"open": address}, {"look": n samples}, {"shot": file}, {"lure": port, "from": host}, {"waits": expression}
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';
import puppeteer from 'puppeteer-core';

const browser = await puppeteer.launch({
  executablePath: process.argv[2],
  args: ['--no-sandbox', '--use-angle=swiftshader', '--enable-unsafe-swiftshader', '--disable-dev-shm-usage',
    '--host-resolver-rules=MAP *.example 127.0.0.1'],
});
const page = await browser.newPage();
const problems = [], asked = [];
await page.setViewport({ width: 1000, height: 640 });
page.on('pageerror', (error) => problems.push(String(error)));
page.on('console', (said) => { if (said.type() === 'error') problems.push(said.text()); });
page.on('request', (request) => asked.push(request.url()));
await page.evaluateOnNewDocument(() => { // when each frame is there, by the clock that Python has, too
  window.came = [];
  const Plain = window.WebSocket;
  window.WebSocket = class extends Plain {
    constructor(...given) {
      super(...given);
      this.addEventListener('message', ({ data }) => {
        const frame = typeof data === 'string' ? JSON.parse(data).frame : Number(new DataView(data).getBigInt64(0, true));
        window.came.push([frame ?? null, performance.timeOrigin + performance.now()]);
      });
    }
  };
});

const state = () => page.evaluate(() => ({ ...window.rigdriver, values: [...window.rigdriver.values],
  told: document.querySelector('#told').textContent, rows: document.querySelectorAll('li').length,
  shown: [...document.querySelectorAll('li output')].map((one) => one.textContent), note: document.querySelector('#note').textContent }));

// What a page of another origin gets of a socket and of the files.
async function lure(host, port) {
  const server = createServer((_, response) => response.end('<!doctype html>')).listen(0, '127.0.0.1');
  await new Promise((ready) => server.on('listening', ready));
  const stranger = await browser.newPage();
  await stranger.goto(`http://${host}:${server.address().port}/`);
  const got = await stranger.evaluate((to) => new Promise((done) => {
    const socket = new WebSocket(`ws://127.0.0.1:${to}/`);
    socket.onmessage = ({ data }) => done(`read ${data}`);
    socket.onclose = () => fetch(`http://127.0.0.1:${to}/head.glb`).then(() => done('fetched'), () => done('refused'));
  }), port);
  await stranger.close();
  server.close();
  return got;
}

const commands = {
  open: async ({ open }) => { problems.length = asked.length = 0; await page.goto(open); return true; },
  waits: async ({ waits }) => { await page.waitForFunction(waits, { timeout: 20000, polling: 20 }); return { ...await state(), problems, asked }; },
  look: async ({ look }) => { const seen = []; for (let k = 0; k < look; k++) seen.push(await state()); return seen; },
  came: () => page.evaluate(() => window.came),
  shot: async ({ shot }) => { await page.screenshot({ path: shot }); return true; },
  lure: ({ lure: port, from }) => lure(from, port),
};
for await (const line of createInterface({ input: process.stdin })) {
  const told = JSON.parse(line);
  const [name] = Object.keys(commands).filter((one) => one in told);
  console.log(JSON.stringify(await commands[name](told).catch((error) => ({ failed: String(error) }))));
}
await browser.close();
