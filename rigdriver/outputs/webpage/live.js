// The page at the address of `rigdriver live --to ws://…`: every curve as a bar, and the built-in head that shows them.
// What came stands in `window.rigdriver`, for tests and for a look into a browser's console.
import { Head } from './head.js';

const AGAIN_MS = 500; // between two tries to connect
const SILENT_MS = 1000;
const HEAD_BYTES = 16; // frame (int64) and seconds (float64) before the values of a binary frame

const state = { header: null, frame: null, time: null, values: [], received: 0, skipped: 0, drawn: null, connections: 0,
  open: false };
window.rigdriver = state;
const [told, note, list, top] = ['#told', '#note', 'ol', 'header'].map((what) => document.querySelector(what));
let rows = [], head = null, heard = -Infinity, since = 0, rate = 0;

function connect() {
  const socket = new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/`);
  socket.binaryType = 'arraybuffer';
  socket.onmessage = ({ data }) => (typeof data === 'string' ? text(JSON.parse(data)) : bytes(new DataView(data)));
  socket.onclose = () => {
    state.open = false;
    setTimeout(connect, AGAIN_MS);
  };
}

function text(said) {
  if (said.type === 'header') begin(said);
  else take(said.frame, said.time, said.values);
}

function bytes(view) {
  const values = new Float32Array((view.byteLength - HEAD_BYTES) / 4);
  for (let k = 0; k < values.length; k++) values[k] = view.getFloat32(HEAD_BYTES + 4 * k, true);
  take(Number(view.getBigInt64(0, true)), view.getFloat64(8, true), values);
}

function begin(header) {
  Object.assign(state, { header, frame: null, time: null, values: [], open: true, connections: state.connections + 1 });
  [rows, heard] = [header.names.map(row), -Infinity];
  list.replaceChildren(...rows.map(({ item }) => item));
  if (head) fit();
}

function row(name) {
  const item = document.createElement('li'), label = document.createElement('b'), bar = document.createElement('u');
  const value = document.createElement('output'), signed = /(Yaw|Pitch|Roll)$/.test(name);
  label.textContent = label.title = name;
  item.className = signed ? 'signed' : '';
  item.append(label, bar, value);
  return { item, bar, value, signed };
}

function take(frame, time, values) {
  if (state.frame !== null) state.skipped += Math.max(0, frame - state.frame - 1);
  Object.assign(state, { frame, time, values, received: state.received + 1 });
  heard = performance.now();
}

// Which curves the head has something for, whatever the case of their first letter.
function fit() {
  const own = new Map(head.names.map((name) => [name.toLowerCase(), name]));
  head.curves = state.header.names.map((name) => own.get(name.toLowerCase()) ?? null);
  const shown = head.curves.filter((name) => name !== null).length;
  note.textContent = shown ? '' : 'None of these curves is one of ARKit’s, so the head stays still. The bars show them all.';
}

function draw(now) {
  requestAnimationFrame(draw);
  if (now - since > 1000) [rate, since, draw.before] = [state.received - (draw.before ?? 0), now, state.received];
  const silent = performance.now() - heard > SILENT_MS;
  top.className = !state.open ? '' : silent ? 'silent' : 'live';
  told.textContent = tell(silent);
  rows.forEach(({ bar, value, signed }, k) => {
    const number = state.values[k] ?? 0;
    bar.style.setProperty('--value', Math.max(-1, Math.min(1, number)));
    value.textContent = (signed ? `${(number * 180 / Math.PI).toFixed(1)}°` : number.toFixed(2));
  });
  if (!head) return;
  const curves = {};
  head.curves?.forEach((name, k) => { if (name) curves[name] = state.values[k] ?? 0; });
  head.draw(curves);
  state.drawn = state.frame;
}

function tell(silent) {
  if (!state.open) return `no connection to ${location.host}; is rigdriver running? Trying again …`;
  const what = `${state.header.names.length} curves, ${state.header.format}`;
  if (silent) return `connected to ${location.host} (${what}); no frame comes`;
  return `${rate} frames a second of ${Math.round(state.header.fps)}, ${what}, at ${state.time.toFixed(1)} s of sound`;
}

connect();
requestAnimationFrame(draw);
Head.load('/head.glb', document.querySelector('canvas')).then((made) => {
  head = made;
  if (state.header) fit();
}, (error) => { note.textContent = `The head cannot be shown here (${error.message}); the bars can.`; });
