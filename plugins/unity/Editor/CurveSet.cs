using System;
using System.Collections.Generic;
using UnityEditor;
using UnityEngine;

namespace Rigdriver.Editing
{
    /// <summary>The curves of a clip that is being made, each with what it moves.</summary>
    internal sealed class CurveSet
    {
        private readonly List<EditorCurveBinding> _bindings = new List<EditorCurveBinding>();
        private readonly List<AnimationCurve> _curves = new List<AnimationCurve>();

        public int Count
        {
            get { return _curves.Count; }
        }

        public int Keys
        {
            get
            {
                int keys = 0;
                foreach (AnimationCurve curve in _curves) keys += curve.length;
                return keys;
            }
        }

        public void Add(string path, Type type, string property, AnimationCurve curve)
        {
            _bindings.Add(EditorCurveBinding.FloatCurve(path, type, property));
            _curves.Add(curve);
        }

        /// <summary>All at once: Unity works over the whole clip after each call.</summary>
        public void WriteTo(AnimationClip clip)
        {
            AnimationUtility.SetEditorCurves(clip, _bindings.ToArray(), _curves.ToArray());
        }

        /// <summary>A curve with that kind of tangents, from keys whose own do not matter.</summary>
        public static AnimationCurve Curve(Keyframe[] keys, KeyTangents tangents)
        {
            for (int k = 0; k < keys.Length; k++)
            {
                keys[k].inTangent = k > 0 ? Slope(keys[k - 1], keys[k]) : 0f;
                keys[k].outTangent = k + 1 < keys.Length ? Slope(keys[k], keys[k + 1]) : 0f;
            }
            var curve = new AnimationCurve(keys);
            AnimationUtility.TangentMode mode = tangents == KeyTangents.Linear
                ? AnimationUtility.TangentMode.Linear : AnimationUtility.TangentMode.ClampedAuto;
            for (int k = 0; k < keys.Length; k++)
            {
                AnimationUtility.SetKeyLeftTangentMode(curve, k, mode);
                AnimationUtility.SetKeyRightTangentMode(curve, k, mode);
            }
            return curve;
        }

        private static float Slope(Keyframe from, Keyframe to)
        {
            return (to.value - from.value) / (to.time - from.time);
        }
    }
}
