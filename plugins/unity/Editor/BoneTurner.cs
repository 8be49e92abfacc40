using System.Collections.Generic;
using UnityEditor;
using UnityEngine;

namespace Rigdriver.Editing
{
    /// <summary>
    /// Rotations of the head and the eyes. Angles are those of a face that looks along the character's +Z with +Y up;
    /// they turn each bone from the pose that it stands in when the clip is made, about the character's axes and not
    /// the bone's own.
    /// </summary>
    internal static class BoneTurner
    {
        private static readonly string[] Components = { "x", "y", "z", "w" };

        internal static void Add(RigClip source, GameObject character, MakeOptions options, MakeReport report,
            CurveSet curves)
        {
            if (source.Angles.Count == 0) return;
            var animator = character.GetComponent<Animator>();
            if (animator != null && animator.isHuman && !options.legacy)
            {
                report.Notes.Add("rotations were left out: a Humanoid avatar takes no curves on its bones; "
                    + "make the avatar Generic, or turn head and eyes by muscles or IK");
                return;
            }
            Turn("head", options.head, source, character, report, curves);
            Turn("leftEye", options.leftEye, source, character, report, curves);
            Turn("rightEye", options.rightEye, source, character, report, curves);
        }

        private static void Turn(string part, Transform told, RigClip source, GameObject character,
            MakeReport report, CurveSet curves)
        {
            RigCurve[] angles =
                { source.Angle(part + "Yaw"), source.Angle(part + "Pitch"), source.Angle(part + "Roll") };
            float[] times = Times(angles, source.Duration);
            if (times == null) return;
            Transform bone = told != null ? told : FaceBones.Find(character, part);
            if (bone == null)
            {
                report.Notes.Add("no bone for " + part + " was found; name one to have it turned");
                return;
            }
            Keyframe[][] keys = Keys(angles, times, bone, character.transform);
            string path = AnimationUtility.CalculateTransformPath(bone, character.transform);
            for (int c = 0; c < keys.Length; c++)
                curves.Add(path, typeof(Transform), "m_LocalRotation." + Components[c],
                    CurveSet.Curve(keys[c], KeyTangents.Linear));
        }

        /// One row of keys for each component of the bone's rotation.
        private static Keyframe[][] Keys(RigCurve[] angles, float[] times, Transform bone, Transform character)
        {
            Quaternion parentFromCharacter = FaceBones.ParentFromCharacter(bone, character);
            Quaternion characterFromParent = Quaternion.Inverse(parentFromCharacter);
            Quaternion rest = bone.localRotation;
            var keys = new Keyframe[4][];
            for (int c = 0; c < 4; c++) keys[c] = new Keyframe[times.Length];
            var near = new int[3];
            for (int k = 0; k < times.Length; k++)
            {
                Quaternion turned = parentFromCharacter * Turned(angles, times[k], near) * characterFromParent * rest;
                for (int c = 0; c < 4; c++) keys[c][k] = new Keyframe(times[k], turned[c]);
            }
            return keys;
        }

        private static Quaternion Turned(RigCurve[] angles, float time, int[] near)
        {
            var at = new float[3];
            for (int k = 0; k < 3; k++) at[k] = angles[k] == null ? 0f : angles[k].Sample(time, ref near[k]);
            return FaceBones.Turned(at[0], at[1], at[2]);
        }

        /// Every time at which one of the three has a key, and the clip's ends; null where there is none.
        private static float[] Times(RigCurve[] angles, float duration)
        {
            var times = new SortedDictionary<float, bool>();
            foreach (RigCurve curve in angles)
                if (curve != null)
                    foreach (float time in curve.Times) times[time] = true;
            if (times.Count == 0) return null;
            times[0f] = times[duration] = true;
            var found = new float[times.Count];
            times.Keys.CopyTo(found, 0);
            return found;
        }
    }
}
