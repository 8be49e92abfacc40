// Packs a character as studios do before they ship it, or takes the packing off, by glTF-Transform.
// node pack.mjs meshopt|quantize|draco|dequantize IN OUT
import { NodeIO } from '@gltf-transform/core';
import { ALL_EXTENSIONS } from '@gltf-transform/extensions';
import { dequantize, draco, meshopt, quantize } from '@gltf-transform/functions';
import draco3d from 'draco3dgltf';
import { MeshoptDecoder, MeshoptEncoder } from 'meshoptimizer';

const [kind, source, target] = process.argv.slice(2);
await Promise.all([MeshoptDecoder.ready, MeshoptEncoder.ready]);
const io = new NodeIO().registerExtensions(ALL_EXTENSIONS).registerDependencies({
  'draco3d.decoder': await draco3d.createDecoderModule(),
  'draco3d.encoder': await draco3d.createEncoderModule(),
  'meshopt.decoder': MeshoptDecoder,
  'meshopt.encoder': MeshoptEncoder,
});
const document = await io.read(source);
if (kind === 'dequantize') {
  for (const name of ['EXT_meshopt_compression', 'KHR_draco_mesh_compression']) {
    document.getRoot().listExtensionsUsed().find((one) => one.extensionName === name)?.dispose();
  }
}
const work = { meshopt: () => meshopt({ encoder: MeshoptEncoder }), quantize, draco, dequantize }[kind];
await document.transform(work());
await io.write(target, document);
