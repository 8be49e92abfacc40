// A head out of a GLB in WebGL 2, without a library: morph targets, one skin, and joints that turn by the curves' angles.
// Reads what the built-in head is made of: triangles, floats, vertex colours, sparse targets. No textures.

const SHARE = 0.35; // of the head's turn that the neck takes, as in every file that rigdriver writes
const TURNED = { Neck: ['head', SHARE], Head: ['head', 1 - SHARE], LeftEye: ['leftEye', 1], RightEye: ['rightEye', 1] };
const KINDS = { 5121: Uint8Array, 5123: Uint16Array, 5125: Uint32Array, 5126: Float32Array };
const WIDTHS = { SCALAR: 1, VEC2: 2, VEC3: 3, VEC4: 4, MAT4: 16 };
const EYE = [0, 0.215, 1.1], HEIGHT = 0.31; // metres: where the camera stands, and how much of the head it sees
const JOINTS = 16;

const VERTEX = `#version 300 es
layout(location=0) in vec3 position; layout(location=1) in vec3 normal; layout(location=2) in vec4 colour;
layout(location=3) in vec4 joint; layout(location=4) in vec4 weight;
uniform mat4 joints[${JOINTS}], view; uniform vec4 base;
out vec3 at, up; out vec3 tint;
void main() {
  mat4 skin = mat4(0);
  for (int k = 0; k < 4; k++) skin += weight[k] * joints[int(joint[k])];
  vec4 world = skin * vec4(position, 1);
  at = world.xyz; up = mat3(skin) * normal; tint = base.rgb * colour.rgb;
  gl_Position = view * world;
}`;
const FRAGMENT = `#version 300 es
precision highp float;
in vec3 at, up, tint; uniform vec3 eye; uniform float rough; out vec4 seen;
vec3 lit(vec3 n, vec3 v, vec3 l, vec3 strength) {
  float wrapped = max(0., (dot(n, l) + .22) / 1.22), shine = 2. / (rough * rough * rough * rough + .01);
  float gleam = pow(max(0., dot(n, normalize(l + v))), shine) * (1. - rough) * .35;
  return strength * (tint * wrapped + gleam);
}
void main() {
  vec3 v = normalize(eye - at), n = normalize(gl_FrontFacing ? up : -up);
  vec3 sum = tint * mix(vec3(.17, .14, .12), vec3(.3, .32, .36), n.y * .5 + .5);
  sum += lit(n, v, normalize(vec3(-.5, .52, .7)), vec3(1.04, .98, .9));
  sum += lit(n, v, normalize(vec3(.75, .1, .65)), vec3(.26, .29, .35));
  sum += lit(n, v, normalize(vec3(.6, .45, -.65)), vec3(.55, .57, .62));
  seen = vec4(pow(sum, vec3(1. / 2.2)), 1);
}`;

export class Head {
  static async load(url, canvas) {
    const answer = await fetch(url);
    if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
    return new Head(new File(await answer.arrayBuffer()), canvas);
  }

  constructor(file, canvas) {
    this.gl = canvas.getContext('webgl2', { antialias: true });
    if (!this.gl) throw new Error('no WebGL 2');
    [this.file, this.canvas, this.turn, this.nod] = [file, canvas, 0, 0];
    this.program = program(this.gl);
    this.parts = file.json.meshes.flatMap((mesh) => mesh.primitives.map((one) => part(this.gl, file, mesh, one)));
    this.binds = file.read(file.json.skins[0].inverseBindMatrices);
    this.parents = new Map(file.json.nodes.flatMap((node, k) => (node.children ?? []).map((child) => [child, k])));
    const angles = ['head', 'leftEye', 'rightEye'].flatMap((of) => ['Yaw', 'Pitch', 'Roll'].map((axis) => of + axis));
    this.names = [...new Set(this.parts.flatMap(({ targets }) => targets.map(({ name }) => name))), ...angles];
    canvas.addEventListener('pointermove', (event) => {
      if (!event.buttons) return;
      this.turn -= event.movementX * 0.008;
      this.nod = Math.max(-0.9, Math.min(0.9, this.nod + event.movementY * 0.008));
    });
  }

  // curves: weights and angles by their names; what is missing is 0.
  draw(curves) {
    const { gl, canvas } = this, scale = window.devicePixelRatio;
    [canvas.width, canvas.height] = [canvas.clientWidth * scale, canvas.clientHeight * scale];
    gl.viewport(0, 0, canvas.width, canvas.height);
    gl.clearColor(0.235, 0.255, 0.285, 1);
    gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT);
    gl.enable(gl.DEPTH_TEST);
    gl.useProgram(this.program);
    const place = (name) => gl.getUniformLocation(this.program, name);
    const { view, eye } = camera(this.turn, this.nod, canvas.width / Math.max(1, canvas.height));
    gl.uniformMatrix4fv(place('view'), false, view);
    gl.uniform3fv(place('eye'), eye);
    gl.uniformMatrix4fv(place('joints'), false, this.joints(curves));
    for (const one of this.parts) {
      morph(gl, one, curves);
      gl.uniform4fv(place('base'), one.base);
      gl.uniform1f(place('rough'), one.rough);
      (one.sides === 2 ? gl.disable : gl.enable).call(gl, gl.CULL_FACE);
      gl.bindVertexArray(one.array);
      gl.drawElements(gl.TRIANGLES, one.count, gl.UNSIGNED_SHORT, 0);
    }
  }

  joints(curves) {
    const { nodes, skins } = this.file.json, made = new Float32Array(16 * JOINTS), worlds = new Map();
    const world = (k) => {
      if (worlds.has(k)) return worlds.get(k);
      const own = local(nodes[k], curves);
      worlds.set(k, this.parents.has(k) ? times(world(this.parents.get(k)), own) : own);
      return worlds.get(k);
    };
    skins[0].joints.forEach((node, k) => made.set(times(world(node), this.binds.subarray(16 * k, 16 * k + 16)), 16 * k));
    return made;
  }
}

// ---- the file

class File {
  constructor(data) {
    const view = new DataView(data), length = view.getUint32(12, true);
    this.json = JSON.parse(new TextDecoder().decode(new Uint8Array(data, 20, length)));
    [this.data, this.start] = [data, 28 + length]; // both chunks' headers, and the file's
  }

  read(index) {
    const { bufferView, byteOffset = 0, componentType, count, type, sparse } = this.json.accessors[index];
    const width = WIDTHS[type];
    const values = bufferView === undefined ? new KINDS[componentType](count * width)
      : this.view(bufferView, byteOffset, KINDS[componentType], count * width);
    if (!sparse) return values;
    const { at, of } = this.deltas(index);
    at.forEach((vertex, k) => values.set(of.subarray(k * width, k * width + width), vertex * width));
    return values;
  }

  // Of a target's accessor only what moves: at, the vertices, and of, three numbers each.
  deltas(index) {
    const { componentType, sparse, bufferView, count } = this.json.accessors[index];
    if (!sparse || bufferView !== undefined) return { at: Uint32Array.from({ length: count }, (_, k) => k), of: this.read(index) };
    const { indices, values } = sparse;
    return { at: this.view(indices.bufferView, indices.byteOffset ?? 0, KINDS[indices.componentType], sparse.count),
      of: this.view(values.bufferView, values.byteOffset ?? 0, KINDS[componentType], 3 * sparse.count) };
  }

  view(index, offset, Kind, length) {
    const from = this.start + (this.json.bufferViews[index].byteOffset ?? 0) + offset;
    return new Kind(this.data.slice(from, from + length * Kind.BYTES_PER_ELEMENT));
  }
}

// ---- what is drawn

function part(gl, file, mesh, { attributes, indices, material, targets = [] }) {
  const names = mesh.extras?.targetNames ?? [];
  const { pbrMetallicRoughness: look = {}, doubleSided } = file.json.materials[material];
  const made = { array: gl.createVertexArray(), count: file.json.accessors[indices].count, sides: doubleSided ? 2 : 1,
    base: look.baseColorFactor ?? [1, 1, 1, 1], rough: look.roughnessFactor ?? 1, shown: '',
    rest: [file.read(attributes.POSITION), file.read(attributes.NORMAL)] };
  made.now = made.rest.map((values) => values.slice());
  made.targets = targets.map(({ POSITION, NORMAL }, k) => (
    { name: names[k], deltas: [POSITION, NORMAL].map((one) => (one === undefined ? null : file.deltas(one))) }));
  gl.bindVertexArray(made.array);
  made.buffers = made.now.map((values, k) => attribute(gl, k, values, 3, gl.FLOAT, false, gl.DYNAMIC_DRAW));
  attribute(gl, 2, file.read(attributes.COLOR_0), 4, gl.UNSIGNED_SHORT, true);
  attribute(gl, 3, file.read(attributes.JOINTS_0), 4, gl.UNSIGNED_BYTE, false);
  attribute(gl, 4, file.read(attributes.WEIGHTS_0), 4, gl.FLOAT, false);
  gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, gl.createBuffer());
  gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, file.read(indices), gl.STATIC_DRAW);
  return made;
}

function attribute(gl, place, values, width, type, whole, use = gl.STATIC_DRAW) {
  const buffer = gl.createBuffer();
  gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
  gl.bufferData(gl.ARRAY_BUFFER, values, use);
  gl.enableVertexAttribArray(place);
  gl.vertexAttribPointer(place, width, type, whole, 0, 0);
  return buffer;
}

function morph(gl, one, curves) {
  const wanted = one.targets.map(({ name }) => curves[name] ?? 0), shown = wanted.join();
  if (shown === one.shown) return;
  one.shown = shown;
  one.now.forEach((now, which) => {
    now.set(one.rest[which]);
    one.targets.forEach(({ deltas }, k) => { if (wanted[k] && deltas[which]) add(now, deltas[which], wanted[k]); });
    gl.bindBuffer(gl.ARRAY_BUFFER, one.buffers[which]);
    gl.bufferSubData(gl.ARRAY_BUFFER, 0, now);
  });
}

function add(values, { at, of }, weight) {
  for (let k = 0; k < at.length; k++)
    for (let axis = 0; axis < 3; axis++) values[3 * at[k] + axis] += weight * of[3 * k + axis];
}

function program(gl) {
  const made = gl.createProgram();
  for (const [kind, source] of [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]]) {
    const shader = gl.createShader(kind);
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(made, shader);
  }
  gl.linkProgram(made);
  if (!gl.getProgramParameter(made, gl.LINK_STATUS)) throw new Error(gl.getProgramInfoLog(made) || 'the shaders do not link');
  return made;
}

// ---- turns and matrices: quaternions x y z w, matrices by columns

function local({ name, translation = [0, 0, 0], rotation = [0, 0, 0, 1] }, curves) {
  const [of, share] = TURNED[name] ?? [];
  const [yaw, pitch, roll] = ['Yaw', 'Pitch', 'Roll'].map((axis) => (of && curves[of + axis]) || 0);
  const turn = product(product(about(1, yaw), about(0, pitch)), about(2, roll));
  return matrix(product(rotation, of && share !== 1 ? partOf(turn, share) : turn), translation);
}

function about(axis, angle) {
  const made = [0, 0, 0, Math.cos(angle / 2)];
  made[axis] = Math.sin(angle / 2);
  return made;
}

function product([a, b, c, d], [x, y, z, w]) {
  return [d * x + a * w + b * z - c * y, d * y - a * z + b * w + c * x, d * z + a * y - b * x + c * w, d * w - a * x - b * y - c * z];
}

// That share of a turn about its own axis.
function partOf([x, y, z, w], share) {
  const length = Math.hypot(x, y, z), half = Math.atan2(length, w) * share, sine = length && Math.sin(half) / length;
  return [x * sine, y * sine, z * sine, Math.cos(half)];
}

function matrix([x, y, z, w], [right, up, back]) {
  return new Float32Array([
    1 - 2 * (y * y + z * z), 2 * (x * y + z * w), 2 * (x * z - y * w), 0,
    2 * (x * y - z * w), 1 - 2 * (x * x + z * z), 2 * (y * z + x * w), 0,
    2 * (x * z + y * w), 2 * (y * z - x * w), 1 - 2 * (x * x + y * y), 0, right, up, back, 1]);
}

function times(a, b) {
  const made = new Float32Array(16);
  for (let column = 0; column < 4; column++)
    for (let row = 0; row < 4; row++)
      for (let k = 0; k < 4; k++) made[4 * column + row] += a[4 * k + row] * b[4 * column + k];
  return made;
}

// The camera goes round the head, which looks along +Z; wide windows show more to the sides, narrow ones step back.
function camera(turn, nod, aspect) {
  const near = 0.1, far = 5, focal = (2 * EYE[2]) / (HEIGHT * Math.max(1, 0.8 / aspect));
  const [x, y, z, w] = product(about(1, turn), about(0, -nod));
  const seen = times(matrix([-x, -y, -z, w], [0, 0, -EYE[2]]), matrix([0, 0, 0, 1], [0, -EYE[1], 0]));
  const lens = new Float32Array([focal / aspect, 0, 0, 0, 0, focal, 0, 0, 0, 0, (near + far) / (near - far), -1, 0, 0,
    (2 * near * far) / (near - far), 0]);
  const back = [2, 6, 10].map((k) => seen[k]); // the camera's backward direction in the world
  return { view: times(lens, seen), eye: [back[0] * EYE[2], EYE[1] + back[1] * EYE[2], back[2] * EYE[2]] };
}
