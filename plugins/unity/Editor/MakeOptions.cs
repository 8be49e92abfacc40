using System;
using UnityEngine;

namespace Rigdriver.Editing
{
    /// <summary>How a key that an artist takes hold of behaves.</summary>
    public enum KeyTangents
    {
        /// Straight lines; the tolerance of leaving keys out is kept.
        Linear,

        /// Unity's clamped auto: smooth, never past a key; between keys it may leave the recording.
        ClampedAuto,
    }

    /// <summary>What to make of a file.</summary>
    [Serializable]
    public sealed class MakeOptions
    {
        [Tooltip("How far a straight line may pass a key that is left out. 0 keeps every key that bends.")]
        public float tolerance = 0.0005f;

        public KeyTangents tangents = KeyTangents.Linear;

        [Tooltip("On every weight: 0.01 for files that count 0 to 100.")]
        public float scale = 1f;

        [Tooltip("Write rotations of the head and the eyes, where the file has them.")]
        public bool rotations = true;

        [Tooltip("The bones to turn. Without them they are looked for by name.")]
        public Transform head, leftEye, rightEye;

        public bool loop;

        [Tooltip("For the old Animation component instead of an Animator.")]
        public bool legacy;
    }
}
