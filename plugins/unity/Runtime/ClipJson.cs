using System;
using System.Collections.Generic;
using System.Globalization;

namespace Rigdriver
{
    /// <summary>Curves out of JSON of several makers; see ClipReader.</summary>
    internal static class ClipJson
    {
        private const int Version = 1;
        private const double LongestFrames = 1e7; // two days at 60 fps
        private const string Sequence = "rigdriver-unreal-curves";
        private const string Clip = "rigdriver-clip";

        /// What rigdriver's model hears; its plain JSON holds them beside the curves.
        private static readonly string[] Hints =
            { "voice", "closure", "accent", "loudness", "labiodental", "arousal", "partner" };

        internal static RigClip Read(string text)
        {
            var data = JsonReader.Read(text) as Dictionary<string, object>;
            if (data == null) throw new ClipFormatException("is JSON, but not an object of curves");
            var kind = Get(data, "format") as string;
            if ((kind == Sequence || kind == Clip) && Whole(Get(data, "version"), "version") != Version)
                throw new ClipFormatException("is " + kind + " of another version than " + Version);
            object rate = Get(data, "fps") ?? Get(data, "exportFps");
            var clip = new RigClip { FrameRate = rate == null ? 0 : Rate(rate) };
            if (data.ContainsKey("start") && clip.FrameRate > 0)
                clip.Offset = (float)(Whole(data["start"], "start") / clip.FrameRate);
            if (kind == Sequence) FillSequence(clip, data);
            else if (kind == Clip) FillRows(clip, Get(data, "names"), Get(data, "frames"), Hints);
            else if (data.ContainsKey("curves")) FillCurves(clip, Get(data, "curves"));
            else FillRows(clip, Get(data, "names") ?? Get(data, "facsNames"),
                Get(data, "values") ?? Get(data, "weightMat"), new string[0]);
            return clip;
        }

        private static object Get(Dictionary<string, object> data, string key)
        {
            object value;
            return data.TryGetValue(key, out value) ? value : null;
        }

        private static int Whole(object value, string what)
        {
            if (!(value is double) || (double)value != Math.Floor((double)value) || Math.Abs((double)value) > 1e9)
                throw new ClipFormatException(what + " is not a whole number");
            return (int)(double)value;
        }

        /// A number, "30000/1001" or [30000, 1001].
        private static double Rate(object given)
        {
            double rate = 0;
            var pair = given as double[];
            var text = given as string;
            if (given is double) rate = (double)given;
            else if (pair != null && pair.Length == 2) rate = pair[0] / pair[1];
            else if (text != null) rate = Quotient(text.Split('/'));
            if (!(rate > 0 && rate <= 100000)) throw new ClipFormatException("its fps is no rate");
            return rate;
        }

        private static double Quotient(string[] parts)
        {
            double[] numbers = { 0, 1 };
            if (parts.Length > 2) return 0;
            for (int k = 0; k < parts.Length; k++)
                if (!double.TryParse(parts[k], NumberStyles.Float, CultureInfo.InvariantCulture, out numbers[k]))
                    return 0;
            return numbers[0] / numbers[1];
        }

        private static float[] FrameTimes(int count, double rate)
        {
            if (!(rate > 0)) throw new ClipFormatException("has a value a frame but no fps");
            var times = new float[count];
            for (int k = 0; k < count; k++) times[k] = (float)(k / rate);
            return times;
        }

        private static void FillSequence(RigClip clip, Dictionary<string, object> data)
        {
            int frames = Whole(Get(data, "frames"), "frames");
            if (frames < 1 || frames > LongestFrames) throw new ClipFormatException("frames is no number of frames");
            if (!(clip.FrameRate > 0)) throw new ClipFormatException("has no fps");
            var names = new List<string>();
            foreach (object item in Items(Get(data, "curves"), "curves"))
            {
                var curve = item as Dictionary<string, object>;
                var name = curve == null ? null : Get(curve, "name") as string;
                if (name == null) throw new ClipFormatException("curves should be a list of objects with names");
                names.Add(name);
                AddOf(clip, name, curve, frames, (Get(curve, "unit") as string ?? "weight") != "weight");
            }
            ClipReader.CheckDifferent(names);
            clip.Duration = (float)((frames - 1) / clip.FrameRate);
        }

        private static void AddOf(RigClip clip, string name, Dictionary<string, object> curve, int frames, bool degrees)
        {
            double[] values = Numbers(Get(curve, "values"), name);
            bool keyed = curve.ContainsKey("times");
            if (!keyed && values.Length != frames)
                throw new ClipFormatException("curve " + name + " has " + values.Length + " values for "
                    + frames + " frames");
            float[] times = keyed ? Floats(Numbers(curve["times"], name)) : FrameTimes(frames, clip.FrameRate);
            if (times.Length != values.Length) throw new ClipFormatException("curve " + name + " has unequal lists");
            ClipReader.CheckRising(times, "curve " + name);
            if (degrees)
                for (int k = 0; k < values.Length; k++) values[k] *= Math.PI / 180;
            (degrees ? clip.Angles : clip.Weights).Add(new RigCurve(name, times, Floats(values)));
        }

        private static void FillRows(RigClip clip, object names, object rows, string[] leftOut)
        {
            if (names == null || rows == null) throw new ClipFormatException("has neither curves nor names and values");
            var columns = new List<string>();
            foreach (object name in Items(names, "names"))
            {
                if (!(name is string)) throw new ClipFormatException("names should be a list of names");
                columns.Add((string)name);
            }
            ClipReader.CheckDifferent(columns);
            List<object> frames = Items(rows, "frames");
            float[] times = FrameTimes(frames.Count, clip.FrameRate);
            var values = new float[columns.Count][];
            for (int c = 0; c < values.Length; c++) values[c] = new float[frames.Count];
            for (int k = 0; k < frames.Count; k++)
            {
                double[] row = Numbers(frames[k], "frame " + k);
                if (row.Length != columns.Count)
                    throw new ClipFormatException("frame " + k + " does not have " + columns.Count + " values");
                for (int c = 0; c < row.Length; c++) values[c][k] = Finite(row[c], "frame " + k);
            }
            for (int c = 0; c < values.Length; c++)
                if (Array.IndexOf(leftOut, columns[c]) < 0) ClipReader.Add(clip, columns[c], times, values[c]);
            clip.Duration = times.Length > 0 ? times[times.Length - 1] : 0f;
        }

        private static void FillCurves(RigClip clip, object curves)
        {
            var byName = curves as Dictionary<string, object>;
            if (byName == null)
                throw new ClipFormatException("curves should be an object: values, or times and values, by name");
            var found = new List<KeyValuePair<string, double[][]>>();
            double first = 0, last = 0;
            foreach (KeyValuePair<string, object> pair in byName)
            {
                double[][] keys = Keys(pair.Key, pair.Value, clip.FrameRate);
                if (keys[0].Length > 0) first = Math.Min(first, keys[0][0]);
                found.Add(new KeyValuePair<string, double[][]>(pair.Key, keys));
            }
            foreach (KeyValuePair<string, double[][]> pair in found)
            {
                float[] times = Floats(Array.ConvertAll(pair.Value[0], time => time - first));
                ClipReader.CheckRising(times, "curve " + pair.Key);
                if (times.Length > 0) last = Math.Max(last, times[times.Length - 1]);
                ClipReader.Add(clip, pair.Key, times, Floats(pair.Value[1]));
            }
            clip.Offset += (float)first; // a clip has no time before 0
            clip.Duration = (float)last;
        }

        private static double[][] Keys(string name, object given, double rate)
        {
            var keyed = given as Dictionary<string, object>;
            double[] values = Numbers(keyed == null ? given : Get(keyed, "values"), "curve " + name);
            double[] times = keyed != null ? Numbers(Get(keyed, "times"), "curve " + name)
                : Array.ConvertAll(FrameTimes(values.Length, rate), time => (double)time);
            if (times.Length != values.Length) throw new ClipFormatException("curve " + name + " has unequal lists");
            return new[] { times, values };
        }

        private static List<object> Items(object given, string what)
        {
            var numbers = given as double[];
            if (numbers != null && numbers.Length == 0) return new List<object>();
            var items = given as List<object>;
            if (items == null) throw new ClipFormatException(what + " should be a list");
            return items;
        }

        private static double[] Numbers(object given, string what)
        {
            var numbers = given as double[];
            if (numbers == null) throw new ClipFormatException(what + ": is not a list of numbers");
            return numbers;
        }

        private static float[] Floats(double[] numbers)
        {
            return Array.ConvertAll(numbers, number => Finite(number, "a curve"));
        }

        private static float Finite(double number, string what)
        {
            var value = (float)number;
            if (float.IsInfinity(value)) throw new ClipFormatException(what + ": a number is too large for a curve");
            return value;
        }
    }
}
