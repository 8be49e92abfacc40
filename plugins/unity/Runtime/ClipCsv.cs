using System;
using System.Collections.Generic;
using System.Text;
using System.Text.RegularExpressions;

namespace Rigdriver
{
    /// <summary>Live Link Face recordings, and plain tables whose first column is the time in seconds.</summary>
    internal static class ClipCsv
    {
        private const double Day = 24 * 3600;
        private const double LongestGap = 60; // seconds between two rows; more is a damaged timecode

        private static readonly string[] TimeNames = { "time_s", "time", "t", "seconds", "time (s)", "timecode" };
        private static readonly Regex Timecode =
            new Regex(@"^([0-9]{1,4}):([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,3}(?:\.[0-9]+)?)$");

        internal static RigClip Read(string text)
        {
            string[] lines = text.Split('\n');
            List<string> head = Cells(lines[0], 1);
            for (int k = 0; k < head.Count; k++) head[k] = head[k].Trim();
            var rows = new List<List<string>>();
            var numbers = new List<int>();
            for (int k = 1; k < lines.Length; k++)
            {
                if (lines[k].Trim().Length == 0) continue;
                List<string> cells = Cells(lines[k], k + 1);
                if (cells.Count != head.Count)
                    throw new ClipFormatException("line " + (k + 1) + ": has " + cells.Count
                        + " cells where the header has " + head.Count);
                rows.Add(cells);
                numbers.Add(k + 1);
            }
            if (head.Count > 1 && Same(head[0], "Timecode") && Same(head[1], "BlendShapeCount"))
                return Recording(head, rows, numbers);
            if (Array.IndexOf(TimeNames, head[0].ToLowerInvariant()) >= 0) return Table(head, rows, numbers);
            throw new ClipFormatException("its first columns should be Timecode,BlendShapeCount or time_s");
        }

        private static bool Same(string a, string b)
        {
            return string.Equals(a, b, StringComparison.OrdinalIgnoreCase);
        }

        /// <summary>A line's cells; a quoted one may hold commas, and doubled quotes.</summary>
        private static List<string> Cells(string line, int number)
        {
            var cells = new List<string>();
            var cell = new StringBuilder();
            bool quoted = false;
            foreach (char letter in line.TrimEnd('\r') + ",")
            {
                if (letter == '"') quoted = !quoted;
                if (letter == ',' && !quoted)
                {
                    cells.Add(Unquoted(cell.ToString()));
                    cell.Length = 0;
                }
                else cell.Append(letter);
            }
            if (quoted) throw new ClipFormatException("line " + number + ": a quotation has no end");
            return cells;
        }

        private static string Unquoted(string cell)
        {
            if (cell.Length < 2 || cell[0] != '"' || cell[cell.Length - 1] != '"') return cell;
            return cell.Substring(1, cell.Length - 2).Replace("\"\"", "\"");
        }

        private static RigClip Table(List<string> head, List<List<string>> rows, List<int> numbers)
        {
            var times = new double[rows.Count];
            for (int k = 0; k < times.Length; k++) times[k] = ClipReader.Number(rows[k][0], numbers[k]);
            var clip = new RigClip();
            if (times.Length > 0) clip.Offset = (float)times[0];
            if (times.Length > 1) clip.FrameRate = Usual((times.Length - 1) / (times[times.Length - 1] - times[0]));
            Fill(clip, head, 1, Since(times), rows, numbers, false);
            return clip;
        }

        /// <summary>The nearest usual rate: times are often written with three decimals.</summary>
        private static double Usual(double rate)
        {
            double[] broadcast = { 24000 / 1001.0, 30000 / 1001.0, 60000 / 1001.0, 120000 / 1001.0 };
            foreach (double usual in broadcast)
                if (Math.Abs(usual - rate) < Math.Abs(Math.Round(rate) - rate) && Math.Abs(usual / rate - 1) < 3e-4)
                    return usual;
            return Math.Round(rate) >= 1 && Math.Abs(Math.Round(rate) / rate - 1) < 3e-4 ? Math.Round(rate) : rate;
        }

        private static float[] Since(double[] times)
        {
            var since = new float[times.Length];
            for (int k = 0; k < since.Length; k++) since[k] = (float)(times[k] - times[0]);
            return since;
        }

        /// <summary>
        /// FF counts in 60ths where any is 30 or more, else in 30ths, and its decimals are parts of a frame. Of two
        /// rows of one frame the later counts. Past midnight time goes on.
        /// </summary>
        private static RigClip Recording(List<string> head, List<List<string>> rows, List<int> numbers)
        {
            double[] seconds = Seconds(rows, numbers);
            double rate = RowRate(seconds);
            var places = new List<double>();
            var kept = new List<List<string>>();
            var lines = new List<int>();
            for (int k = 0; k < rows.Count; k++)
            {
                double place = Math.Round((seconds[k] - seconds[0]) * rate, MidpointRounding.ToEven) / rate;
                if (places.Count > 0 && place <= places[places.Count - 1])
                {
                    places.RemoveAt(places.Count - 1);
                    kept.RemoveAt(kept.Count - 1);
                    lines.RemoveAt(lines.Count - 1);
                }
                places.Add(place);
                kept.Add(rows[k]);
                lines.Add(numbers[k]);
            }
            var clip = new RigClip { FrameRate = rate };
            Fill(clip, head, 2, Since(places.ToArray()), kept, lines, true);
            return clip;
        }

        private static string WithSmallInitial(string name)
        {
            return name.Length == 0 ? name : char.ToLowerInvariant(name[0]) + name.Substring(1);
        }

        private static double[] Seconds(List<List<string>> rows, List<int> numbers)
        {
            var parts = new double[rows.Count, 4];
            double unit = 30;
            for (int k = 0; k < rows.Count; k++)
            {
                Match match = Timecode.Match(rows[k][0].Trim());
                if (!match.Success)
                    throw new ClipFormatException("line " + numbers[k] + ": '" + rows[k][0]
                        + "' is not a timecode like 13:05:59:12.000");
                for (int p = 0; p < 4; p++) parts[k, p] = ClipReader.Number(match.Groups[p + 1].Value, numbers[k]);
                if (parts[k, 3] >= 30) unit = 60;
            }
            var seconds = new double[rows.Count];
            double late = 0;
            for (int k = 0; k < seconds.Length; k++)
            {
                double at = parts[k, 0] * 3600 + parts[k, 1] * 60 + parts[k, 2] + parts[k, 3] / unit + late;
                if (k > 0 && at < seconds[k - 1] - Day / 2)
                {
                    late += Day;
                    at += Day;
                }
                if (k > 0 && !(at >= seconds[k - 1] && at - seconds[k - 1] <= LongestGap))
                    throw new ClipFormatException("its timecodes run backwards or jump by more than " + LongestGap
                        + " s");
                seconds[k] = at;
            }
            return seconds;
        }

        private static double RowRate(double[] seconds)
        {
            if (seconds.Length < 2) return 30;
            var steps = new double[seconds.Length - 1];
            for (int k = 0; k < steps.Length; k++) steps[k] = seconds[k + 1] - seconds[k];
            Array.Sort(steps);
            double step = steps[steps.Length / 2];
            if (!(step > 0)) throw new ClipFormatException("its timecodes do not advance");
            return 60 / Math.Max(1, Math.Round(step * 60, MidpointRounding.ToEven));
        }

        /// <param name="mirrored">Live Link Face counts yaw and roll the other way round than rigdriver.</param>
        private static void Fill(RigClip clip, List<string> head, int first, float[] times, List<List<string>> rows,
            List<int> numbers, bool mirrored)
        {
            List<string> names = head.GetRange(first, head.Count - first);
            ClipReader.CheckDifferent(names);
            ClipReader.CheckRising(times, "the table");
            clip.Duration = times.Length > 0 ? times[times.Length - 1] : 0f;
            for (int c = first; c < head.Count; c++)
            {
                string name = mirrored ? WithSmallInitial(head[c]) : head[c];
                bool turned = mirrored && ClipReader.IsAngle(name) && !name.EndsWith("Pitch", StringComparison.Ordinal);
                var values = new float[rows.Count];
                for (int k = 0; k < values.Length; k++)
                    values[k] = (float)ClipReader.Number(rows[k][c].Trim(), numbers[k]) * (turned ? -1f : 1f);
                ClipReader.Add(clip, name, times, values);
            }
        }
    }
}
