// What Babylon.js makes of one animation of a GLB, without a browser.
// node babylon.mjs FILE ANIMATION TIME_S… prints, after LOOK, a list of one {weights: {mesh: {target: value}}, turns:
// {node: [x,y,z,w]}} a time. Babylon turns the scene about to be left-handed, so turns are those of the nodes themselves.
import { readFileSync } from 'node:fs';
import { NullEngine } from '@babylonjs/core/Engines/nullEngine.js';
import { LoadAssetContainerAsync } from '@babylonjs/core/Loading/sceneLoader.js';
import { Scene } from '@babylonjs/core/scene.js';
import '@babylonjs/loaders/glTF/2.0/index.js';

const [file, name, ...times] = process.argv.slice(2);
const scene = new Scene(new NullEngine());
const url = `data:model/gltf-binary;base64,${readFileSync(file).toString('base64')}`;
const container = await LoadAssetContainerAsync(url, scene, { pluginExtension: '.glb' });
container.addAllToScene();
for (const group of container.animationGroups) group.stop();
const group = container.animationGroups.find((one) => one.name === name);
const fps = group.targetedAnimations[0].animation.framePerSecond;
group.start(false);
const seen = times.map((time) => {
  group.goToFrame(Number(time) * fps);
  const weights = {}, turns = {};
  for (const mesh of container.meshes) {
    const morphs = mesh.morphTargetManager;
    if (!morphs) continue;
    weights[mesh.name] = {};
    for (let k = 0; k < morphs.numTargets; k++) weights[mesh.name][morphs.getTarget(k).name] = morphs.getTarget(k).influence;
  }
  for (const node of container.transformNodes) if (node.rotationQuaternion) turns[node.name] = node.rotationQuaternion.asArray();
  return { weights, turns };
});
process.stdout.write(`LOOK ${JSON.stringify(seen)}\n`, () => process.exit(0));
