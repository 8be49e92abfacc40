// Serve, from Node 22 or a page: sound goes in, weights come out, an interruption is one word.
// `rigdriver serve`, then `node 07_serve.mjs [URL]`. A page has to come from http://localhost, or tell a token.
const recording = new URL('hello.wav', import.meta.url);
const speech = globalThis.process
  ? await (await import('node:fs/promises')).readFile(recording) : await (await fetch(recording)).arrayBuffer();
const socket = new WebSocket(globalThis.process?.argv[2] ?? 'ws://127.0.0.1:8765/v1/stream');
let jaw, frames = 0, widest = 0;

socket.binaryType = 'arraybuffer';
socket.onopen = () => socket.send(JSON.stringify({ rig: 'arkit', fps: 60, sound: 'wav', format: 'float32' }));
socket.onmessage = ({ data }) => (typeof data === 'string' ? told(JSON.parse(data)) : shown(data));
socket.onclose = ({ code }) => console.log(`${code}: ${frames} frames, jawOpen up to ${widest.toFixed(2)}`);

function told({ ready, error }) {
  if (error) console.error(error);
  if (ready) jaw = ready.names.indexOf('jawOpen');
  if (ready) socket.send(speech);
}

function shown(data) {
  const [time, said] = new Float64Array(data, 8, 2), values = new Float32Array(data, 24);
  widest = Math.max(widest, values[jaw]); // a page moves its face here: morphTargetInfluences[k] = values[k]
  if (++frames === 90) socket.send('{"flush": true}'); // somebody talks over it
  if (frames === 120) socket.send('{"end": true}');
}
