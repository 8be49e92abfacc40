// What three.js makes of an animated GLB or VRM, in headless Chromium: numbers, no pictures.
// node look.mjs '{"chromium":…, "model":…, "motion":… or null, "animation":name or null, "times":[s…]}'
// motion: a .vrma that the model, a VRM, is to play. Prints a list, one object a time; see look.html.
import { withPage } from './page.mjs';

const job = JSON.parse(process.argv[2]);
const files = { '/model': job.model, '/motion': job.motion };
const seen = await withPage(job.chromium, 'look.html', files, 64, (page) =>
  page.evaluate((options) => window.look(options), { hasMotion: Boolean(job.motion), animation: job.animation, times: job.times }));
console.log(JSON.stringify(seen));
