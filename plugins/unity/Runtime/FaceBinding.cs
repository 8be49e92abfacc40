using System;
using System.Collections.Generic;
using UnityEngine;

namespace Rigdriver
{
    /// <summary>
    /// What of a character some curves move, and how it stood before: blend shapes, and the bones of head and eyes,
    /// which turn on top of what animation does with them. To be shown after animation, in LateUpdate.
    /// </summary>
    internal sealed class FaceBinding
    {
        private struct Shape
        {
            public SkinnedMeshRenderer Mesh;
            public int Index;
            public float Full;
            public float Before;
            public int Curve;
        }

        private sealed class Bone
        {
            public Transform Transform;
            public int[] Curves; // yaw, pitch, roll; -1 where there is none
            public Quaternion ParentFromCharacter;
            public Quaternion Before; // what animation says, without us
            public Quaternion Written;
            public bool IsWritten;
        }

        private readonly List<Shape> _shapes = new List<Shape>();
        private readonly List<Bone> _bones = new List<Bone>();

        /// <summary>Curves that nothing here shows.</summary>
        public readonly List<string> Missing = new List<string>();

        /// <param name="meshes">Without any, all below the character.</param>
        /// <param name="told">Bones of head, left and right eye; null for one is to be found, null for all is none.</param>
        /// <param name="curves">Names, in the order in which `Show` is given their values.</param>
        public FaceBinding(GameObject character, SkinnedMeshRenderer[] meshes, Transform[] told, IList<string> curves)
        {
            var places = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase);
            var weights = new List<string>();
            for (int k = 0; k < curves.Count; k++)
            {
                places[curves[k]] = k;
                if (!IsAngle(curves[k])) weights.Add(curves[k]);
            }
            var shown = new HashSet<int>();
            IList<SkinnedMeshRenderer> targets = meshes.Length > 0 ? (IList<SkinnedMeshRenderer>)meshes
                : BlendShapes.Renderers(character);
            foreach (SkinnedMeshRenderer mesh in targets)
                if (mesh != null && mesh.sharedMesh != null) AddShapes(mesh, weights, places, shown);
            for (int k = 0; told != null && k < FaceBones.Parts.Length; k++)
                AddBone(FaceBones.Parts[k], told[k], character, places, shown);
            for (int k = 0; k < curves.Count; k++)
                if (!shown.Contains(k)) Missing.Add(curves[k]);
        }

        private static bool IsAngle(string curve)
        {
            foreach (string part in FaceBones.Parts)
                foreach (string axis in FaceBones.Axes)
                    if (string.Equals(curve, part + axis, StringComparison.OrdinalIgnoreCase)) return true;
            return false;
        }

        private void AddShapes(SkinnedMeshRenderer mesh, List<string> weights, Dictionary<string, int> places,
            HashSet<int> shown)
        {
            string[] matched = NameMatcher.Match(BlendShapes.Names(mesh.sharedMesh), weights, null);
            for (int k = 0; k < matched.Length; k++)
            {
                if (matched[k] == null) continue;
                shown.Add(places[matched[k]]);
                _shapes.Add(new Shape
                {
                    Mesh = mesh, Index = k, Curve = places[matched[k]], Before = mesh.GetBlendShapeWeight(k),
                    Full = BlendShapes.FullWeight(mesh.sharedMesh, k),
                });
            }
        }

        private void AddBone(string part, Transform told, GameObject character, Dictionary<string, int> places,
            HashSet<int> shown)
        {
            var curves = new int[FaceBones.Axes.Length];
            bool any = false;
            for (int k = 0; k < curves.Length; k++)
            {
                if (!places.TryGetValue(part + FaceBones.Axes[k], out curves[k])) curves[k] = -1;
                else any = true;
            }
            Transform bone = !any ? null : told != null ? told : FaceBones.Find(character, part);
            if (bone == null) return;
            foreach (int curve in curves)
                if (curve >= 0) shown.Add(curve);
            _bones.Add(new Bone
            {
                Transform = bone, Curves = curves, Before = bone.localRotation,
                ParentFromCharacter = FaceBones.ParentFromCharacter(bone, character.transform),
            });
        }

        /// <summary>One frame. share: 0 what stood before, 1 what the curves say.</summary>
        public void Show(float[] values, float share)
        {
            foreach (Shape shape in _shapes)
                if (shape.Mesh != null)
                    shape.Mesh.SetBlendShapeWeight(shape.Index,
                        Mathf.Lerp(shape.Before, values[shape.Curve] * shape.Full, share));
            foreach (Bone bone in _bones)
                if (bone.Transform != null) Turn(bone, values, share);
        }

        /// A bone that animation writes holds its pose of this frame now; one that it leaves alone still holds ours.
        private static void Turn(Bone bone, float[] values, float share)
        {
            Quaternion now = bone.Transform.localRotation;
            if (!bone.IsWritten || !IsSame(now, bone.Written)) bone.Before = now;
            Quaternion turned = FaceBones.Turned(Angle(bone, 0, values) * share, Angle(bone, 1, values) * share,
                Angle(bone, 2, values) * share);
            bone.Transform.localRotation = bone.ParentFromCharacter * turned
                * Quaternion.Inverse(bone.ParentFromCharacter) * bone.Before;
            bone.Written = bone.Transform.localRotation;
            bone.IsWritten = true;
        }

        private static float Angle(Bone bone, int axis, float[] values)
        {
            return bone.Curves[axis] < 0 ? 0f : values[bone.Curves[axis]];
        }

        private static bool IsSame(Quaternion a, Quaternion b)
        {
            return a.x == b.x && a.y == b.y && a.z == b.z && a.w == b.w; // not ==, to which nearly is the same
        }

        /// <summary>Gives every shape the weight back that it had, and every bone the pose that nobody changed since.</summary>
        public void Release()
        {
            foreach (Shape shape in _shapes)
                if (shape.Mesh != null) shape.Mesh.SetBlendShapeWeight(shape.Index, shape.Before);
            foreach (Bone bone in _bones)
                if (bone.Transform != null && bone.IsWritten && IsSame(bone.Transform.localRotation, bone.Written))
                    bone.Transform.localRotation = bone.Before;
            _shapes.Clear();
            _bones.Clear();
        }
    }
}
