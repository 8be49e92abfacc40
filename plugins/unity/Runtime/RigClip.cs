using System;
using System.Collections.Generic;

namespace Rigdriver
{
    /// <summary>
    /// One curve: times in seconds, rising, and as many values; straight lines between them, held outside.
    /// </summary>
    public sealed class RigCurve
    {
        public readonly string Name;
        public readonly float[] Times;
        public readonly float[] Values;

        public RigCurve(string name, float[] times, float[] values)
        {
            Name = name;
            Times = times;
            Values = values;
        }

        /// <summary>The value at a time.</summary>
        /// <param name="near">The key that the last answer was at: going forward costs nothing then.</param>
        public float Sample(float time, ref int near)
        {
            int last = Times.Length - 1;
            if (last < 0) return 0f;
            if (near > last || Times[near] > time) near = 0;
            if (time - Times[near] > 1f) near = Math.Max(near, Before(time));
            while (near < last && Times[near + 1] <= time) near++;
            if (near == last || time <= Times[near]) return Values[near];
            float share = (time - Times[near]) / (Times[near + 1] - Times[near]);
            return Values[near] + share * (Values[near + 1] - Values[near]);
        }

        private int Before(float time)
        {
            int at = Array.BinarySearch(Times, time);
            return at >= 0 ? at : Math.Max(0, ~at - 1);
        }
    }

    /// <summary>A file's curves. Second 0 is its first frame.</summary>
    public sealed class RigClip
    {
        /// <summary>Weights, 0 to 1.</summary>
        public readonly List<RigCurve> Weights = new List<RigCurve>();

        /// <summary>
        /// headYaw, leftEyePitch and so on, in radians: yaw positive to the character's left, pitch down, roll when the
        /// head tips to its right shoulder. They turn bones and are no blend shapes.
        /// </summary>
        public readonly List<RigCurve> Angles = new List<RigCurve>();

        /// <summary>Frames per second that the curves were sampled at; 0 where the file has keys and no rate.</summary>
        public double FrameRate;

        /// <summary>Seconds from the first frame to the last.</summary>
        public float Duration;

        /// <summary>Where the first frame lies beside the sound, in seconds.</summary>
        public float Offset;

        public string[] WeightNames()
        {
            var names = new string[Weights.Count];
            for (int k = 0; k < names.Length; k++) names[k] = Weights[k].Name;
            return names;
        }

        /// <summary>The angle of that name in any case, or null.</summary>
        public RigCurve Angle(string name)
        {
            foreach (RigCurve curve in Angles)
                if (string.Equals(curve.Name, name, StringComparison.OrdinalIgnoreCase)) return curve;
            return null;
        }
    }
}
