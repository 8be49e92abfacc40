using System;
using System.Collections.Generic;
using System.Globalization;

namespace Rigdriver
{
    /// <summary>A file that cannot be read, in one line that says what is wrong and where.</summary>
    public sealed class ClipFormatException : Exception
    {
        public ClipFormatException(string message) : base(message)
        {
        }
    }

    /// <summary>
    /// Curves out of a file's text. JSON: rigdriver's `rigdriver-unreal-curves` and `rigdriver-clip`, Audio2Face's, an
    /// object of "fps" with "names" and "values" (a row a frame), or of "curves" by name (a value a frame, or "times"
    /// and "values"). CSV: Live Link Face, or a table whose first column is time_s.
    /// </summary>
    public static class ClipReader
    {
        private static readonly string[] AngleNames =
        {
            "headyaw", "headpitch", "headroll", "lefteyeyaw", "lefteyepitch", "lefteyeroll",
            "righteyeyaw", "righteyepitch", "righteyeroll",
        };

        /// <exception cref="ClipFormatException">The text is none of these, or is damaged.</exception>
        public static RigClip Read(string text)
        {
            string start = text.TrimStart('\uFEFF', ' ', '\t', '\r', '\n');
            RigClip clip = start.StartsWith("{", StringComparison.Ordinal) ? ClipJson.Read(start) : ClipCsv.Read(start);
            foreach (RigCurve curve in clip.Weights)
                if (curve.Times.Length > 0) return clip;
            foreach (RigCurve curve in clip.Angles)
                if (curve.Times.Length > 0) return clip;
            throw new ClipFormatException("holds no frame");
        }

        /// <summary>Whether a curve turns a bone instead of driving a shape.</summary>
        public static bool IsAngle(string name)
        {
            return Array.IndexOf(AngleNames, name.ToLowerInvariant()) >= 0;
        }

        internal static void Add(RigClip clip, string name, float[] times, float[] values)
        {
            (IsAngle(name) ? clip.Angles : clip.Weights).Add(new RigCurve(name, times, values));
        }

        internal static void CheckRising(float[] times, string what)
        {
            for (int k = 1; k < times.Length; k++)
                if (!(times[k] > times[k - 1])) throw new ClipFormatException(what + ": its times do not rise");
        }

        internal static void CheckDifferent(IList<string> names)
        {
            var seen = new HashSet<string>();
            foreach (string name in names)
                if (!seen.Add(name)) throw new ClipFormatException("the name " + name + " stands twice");
        }

        internal static double Number(string cell, int line)
        {
            double number;
            if (!double.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture, out number)
                || double.IsNaN(number) || double.IsInfinity(number))
                throw new ClipFormatException("line " + line + ": '" + cell + "' is not a number");
            return number;
        }
    }
}
