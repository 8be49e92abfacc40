using System;
using System.Collections.Generic;
using UnityEngine;

namespace Rigdriver
{
    /// <summary>The blend shapes of one mesh: their names, and what counts as fully on.</summary>
    public static class BlendShapes
    {
        public static string[] Names(Mesh mesh)
        {
            var names = new string[mesh.blendShapeCount];
            for (int k = 0; k < names.Length; k++) names[k] = mesh.GetBlendShapeName(k);
            return names;
        }

        /// <summary>
        /// The weight at which a shape is fully on: that of its last frame. FBX and UniVRM make it 100, glTFast and
        /// UnityGLTF 1; a clip written for the one moves the other a hundred times too much or not visibly at all.
        /// </summary>
        public static float FullWeight(Mesh mesh, int shape)
        {
            int frames = mesh.GetBlendShapeFrameCount(shape);
            float weight = frames > 0 ? mesh.GetBlendShapeFrameWeight(shape, frames - 1) : 0f;
            return weight > 0f ? weight : 100f;
        }

        /// <summary>Every renderer under a character that has blend shapes.</summary>
        public static List<SkinnedMeshRenderer> Renderers(GameObject character)
        {
            var found = new List<SkinnedMeshRenderer>();
            foreach (SkinnedMeshRenderer renderer in character.GetComponentsInChildren<SkinnedMeshRenderer>(true))
                if (renderer.sharedMesh != null && renderer.sharedMesh.blendShapeCount > 0) found.Add(renderer);
            return found;
        }

        /// <summary>For each shape of a mesh the weight curve that drives it, or null.</summary>
        public static RigCurve[] Drivers(Mesh mesh, RigClip clip, List<string> ambiguous)
        {
            string[] matched = NameMatcher.Match(Names(mesh), clip.WeightNames(), ambiguous);
            var byName = new Dictionary<string, RigCurve>();
            foreach (RigCurve curve in clip.Weights) byName[curve.Name] = curve;
            return Array.ConvertAll(matched, name => name == null ? null : byName[name]);
        }
    }
}
