using System.Collections.Generic;
using UnityEditor;
using UnityEngine;

namespace Rigdriver.Editing
{
    /// <summary>Writes a file's curves into an Animation Clip for one character.</summary>
    public static class ClipMaker
    {
        private const float LargestWeight = 2f; // a weight above this looks like 0..100 instead of 0..1

        /// <summary>
        /// Every curve of the clip is written anew. Paths run from `character`, which should hold the Animator; weights
        /// are scaled by what each mesh calls fully on. Where it cannot be done the report says why, and the clip stays
        /// as it was.
        /// </summary>
        public static void Fill(AnimationClip clip, RigClip source, GameObject character, MakeOptions options,
            MakeReport report)
        {
            var curves = new CurveSet();
            AddShapes(source, character, options, report, curves);
            if (options.rotations) BoneTurner.Add(source, character, options, report, curves);
            if (curves.Count == 0 && !report.Failed) report.Error = "none of its curves is on " + character.name;
            if (report.Failed) return;
            clip.ClearCurves();
            clip.legacy = options.legacy;
            clip.frameRate = source.FrameRate > 0 ? (float)source.FrameRate : 60f;
            curves.WriteTo(clip);
            clip.EnsureQuaternionContinuity();
            Loop(clip, options.loop);
            report.Curves = curves.Count;
            report.Keys = curves.Keys;
            if (source.Offset != 0f)
                report.Notes.Add("its first frame lies at " + source.Offset + " s; place the clip there by the sound");
        }

        private static void Loop(AnimationClip clip, bool loop)
        {
            AnimationClipSettings settings = AnimationUtility.GetAnimationClipSettings(clip);
            settings.loopTime = loop;
            AnimationUtility.SetAnimationClipSettings(clip, settings);
            clip.wrapMode = loop ? WrapMode.Loop : WrapMode.Default;
        }

        private static void AddShapes(RigClip source, GameObject character, MakeOptions options, MakeReport report,
            CurveSet curves)
        {
            List<SkinnedMeshRenderer> renderers = BlendShapes.Renderers(character);
            if (renderers.Count == 0) report.Error = character.name + " has no Skinned Mesh Renderer with blend shapes";
            var driving = new HashSet<RigCurve>();
            var paths = new HashSet<string>();
            foreach (SkinnedMeshRenderer renderer in renderers)
            {
                string path = AnimationUtility.CalculateTransformPath(renderer.transform, character.transform);
                if (!paths.Add(path))
                    report.Notes.Add("two meshes are called " + path + ": a clip reaches only the first, rename one");
                else if (AddMesh(source, renderer.sharedMesh, path, options, report, curves, driving)) report.Meshes++;
            }
            foreach (RigCurve curve in source.Weights)
                if (!driving.Contains(curve)) report.Missing.Add(curve.Name);
            NoteLargest(source, options, report);
        }

        private static bool AddMesh(RigClip source, Mesh mesh, string path, MakeOptions options, MakeReport report,
            CurveSet curves, HashSet<RigCurve> driving)
        {
            RigCurve[] drivers = BlendShapes.Drivers(mesh, source, report.Ambiguous);
            int before = curves.Count;
            for (int shape = 0; shape < drivers.Length; shape++)
            {
                if (drivers[shape] == null || drivers[shape].Times.Length == 0) continue;
                driving.Add(drivers[shape]);
                float full = BlendShapes.FullWeight(mesh, shape);
                curves.Add(path, typeof(SkinnedMeshRenderer), "blendShape." + mesh.GetBlendShapeName(shape),
                    Scaled(drivers[shape], full, source.Duration, options));
            }
            return curves.Count > before;
        }

        /// A curve that lasts as long as the clip, its values times what is fully on.
        private static AnimationCurve Scaled(RigCurve source, float full, float duration, MakeOptions options)
        {
            var values = new float[source.Values.Length];
            for (int k = 0; k < values.Length; k++) values[k] = source.Values[k] * options.scale;
            var keys = new List<Keyframe>();
            foreach (int k in KeyReducer.Kept(source.Times, values, options.tolerance))
                keys.Add(new Keyframe(source.Times[k], values[k] * full));
            Keyframe end = keys[keys.Count - 1];
            if (end.time < duration) keys.Add(new Keyframe(duration, end.value)); // a clip is as long as its last key
            return CurveSet.Curve(keys.ToArray(), options.tangents);
        }

        private static void NoteLargest(RigClip source, MakeOptions options, MakeReport report)
        {
            float largest = 0f;
            foreach (RigCurve curve in source.Weights)
                foreach (float value in curve.Values) largest = Mathf.Max(largest, value * options.scale);
            if (largest > LargestWeight)
                report.Notes.Add("weights reach " + largest + ": where the file counts 0 to 100, give scale 0.01");
        }
    }
}
