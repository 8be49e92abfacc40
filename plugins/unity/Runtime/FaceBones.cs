using System;
using System.Collections.Generic;
using UnityEngine;

namespace Rigdriver
{
    /// <summary>
    /// The bones that turn head and eyes, and rigdriver's angles as rotations. Angles are radians of a face that looks
    /// along the character's +Z with +Y up: yaw positive to the character's left, pitch down, roll to its right shoulder.
    /// </summary>
    public static class FaceBones
    {
        /// <summary>What turns, and what its curves' names begin with.</summary>
        public static readonly string[] Parts = { "head", "leftEye", "rightEye" };

        /// <summary>What the names of a part's three curves end with, in the order of `Turned`.</summary>
        public static readonly string[] Axes = { "Yaw", "Pitch", "Roll" };

        private static readonly string[][] Names =
        {
            new[] { "head" }, new[] { "lefteye", "eyeleft", "leye", "eyel" },
            new[] { "righteye", "eyeright", "reye", "eyer" },
        };

        private static readonly HumanBodyBones[] Human =
            { HumanBodyBones.Head, HumanBodyBones.LeftEye, HumanBodyBones.RightEye };

        /// What rigs of VRoid, 3ds Max, Character Creator and Blender put before a bone's name.
        private static readonly string[] Prefixes =
            { "", "jbipc", "jadjl", "jadjr", "bip01", "bip001", "ccbase", "def", "rig" };

        /// <summary>A part's bone: a Humanoid avatar says it; else the nearest to the root that has such a name,
        /// whatever stands before it: `mixamorig:Head`. Null where there is none.</summary>
        public static Transform Find(GameObject character, string part)
        {
            int which = Array.IndexOf(Parts, part);
            var animator = character.GetComponent<Animator>();
            Transform told = animator != null && animator.isHuman ? animator.GetBoneTransform(Human[which]) : null;
            return told != null ? told : Named(character, Names[which]);
        }

        /// <summary>The rotation about the character's axes: it first rolls, then nods, then turns. Unity's axes are
        /// left-handed: about Y and Z it counts the other way round than rigdriver does.</summary>
        public static Quaternion Turned(float yaw, float pitch, float roll)
        {
            return Quaternion.AngleAxis(-yaw * Mathf.Rad2Deg, Vector3.up)
                * Quaternion.AngleAxis(pitch * Mathf.Rad2Deg, Vector3.right)
                * Quaternion.AngleAxis(-roll * Mathf.Rad2Deg, Vector3.forward);
        }

        /// <summary>The character's orientation in the space that the bone's rotation is written in.</summary>
        public static Quaternion ParentFromCharacter(Transform bone, Transform character)
        {
            Quaternion parent = bone.parent != null ? bone.parent.rotation : Quaternion.identity;
            return Quaternion.Inverse(parent) * character.rotation;
        }

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
