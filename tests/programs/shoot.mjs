// Pictures of an animated GLB in three.js, in headless Chromium with software WebGL.
// node shoot.mjs '{"chromium":…, "model":…, "folder":…, "times":[s…], "size":px, "view":{left,right,top,bottom}}'
// writes folder/0.png, 1.png … and prints the animations that three.js found.
import { join } from 'node:path';
import { withPage } from './page.mjs';

const job = JSON.parse(process.argv[2]);
await withPage(job.chromium, 'shoot.html', { '/model': job.model }, job.size, async (page) => {
  const animations = await page.evaluate((options) => window.show(options), { size: job.size, view: job.view });
  for (const [index, time] of job.times.entries()) {
    await page.evaluate((at) => window.at(at), time);
    await page.screenshot({ path: join(job.folder, `${index}.png`) });
  }
  console.log(JSON.stringify(animations));
});
