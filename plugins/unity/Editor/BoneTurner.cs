using System;
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

        private static readonly string[] HeadNames = { "head" };
        private static readonly string[] LeftEyeNames = { "lefteye", "eyeleft", "leye", "eyel" };
        private static readonly string[] RightEyeNames = { "righteye", "eyeright", "reye", "eyer" };

        /// What rigs of VRoid, 3ds Max, Character Creator and Blender put before a bone's name.
        private static readonly string[] Prefixes =
            { "", "jbipc", "jadjl", "jadjr", "bip01", "bip001", "ccbase", "def", "rig" };

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
            Turn("head", options.head, HeadNames, source, character, report, curves);
            Turn("leftEye", options.leftEye, LeftEyeNames, source, character, report, curves);
            Turn("rightEye", options.rightEye, RightEyeNames, source, character, report, curves);
        }

        private static void Turn(string part, Transform told, string[] names, RigClip source, GameObject character,
            MakeReport report, CurveSet curves)
        {
            RigCurve[] angles =
                { source.Angle(part + "Yaw"), source.Angle(part + "Pitch"), source.Angle(part + "Roll") };
            float[] times = Times(angles, source.Duration);
            if (times == null) return;
            Transform bone = told != null ? told : Named(character, names);
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
            Quaternion parent = bone.parent != null ? bone.parent.rotation : Quaternion.identity;
            Quaternion characterFromParent = Quaternion.Inverse(character.rotation) * parent;
            Quaternion parentFromCharacter = Quaternion.Inverse(characterFromParent);
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

        /// Unity's axes are left-handed: about Y and Z it counts the other way round than the file.
        private static Quaternion Turned(RigCurve[] angles, float time, int[] near)
        {
            var degrees = new float[3];
            for (int k = 0; k < 3; k++)
                degrees[k] = angles[k] == null ? 0f : angles[k].Sample(time, ref near[k]) * Mathf.Rad2Deg;
            return Quaternion.AngleAxis(-degrees[0], Vector3.up) * Quaternion.AngleAxis(degrees[1], Vector3.right)
                * Quaternion.AngleAxis(-degrees[2], Vector3.forward);
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

        /// The bone nearest to the root that has one of these names, whatever stands before it: `mixamorig:Head`.
        private static Transform Named(GameObject character, string[] names)
        {
            var waiting = new Queue<Transform>();
            waiting.Enqueue(character.transform);
            while (waiting.Count > 0)
            {
                Transform next = waiting.Dequeue();
                bool isBone = next != character.transform && next.GetComponent<SkinnedMeshRenderer>() == null;
                if (isBone && IsNamed(next.name, names)) return next;
                for (int k = 0; k < next.childCount; k++) waiting.Enqueue(next.GetChild(k));
            }
            return null;
        }

        private static bool IsNamed(string name, string[] names)
        {
            string plain = name.Substring(name.LastIndexOfAny(new[] { ':', '|', '/' }) + 1).ToLowerInvariant();
            foreach (string separator in new[] { "_", ".", " ", "-" }) plain = plain.Replace(separator, "");
            foreach (string prefix in Prefixes)
                if (plain.StartsWith(prefix, StringComparison.Ordinal)
                    && Array.IndexOf(names, plain.Substring(prefix.Length)) >= 0) return true;
            return false;
        }
    }
}
