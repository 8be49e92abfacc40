using System;
using System.Collections.Generic;
using System.Text.RegularExpressions;

namespace Rigdriver
{
    /// <summary>
    /// What most blend shapes of a mesh begin or end with, up to a separator: `hero_face_` of `hero_face_jawOpen`,
    /// `_BS` of `jawOpen_BS`. It tells of the mesh, not of the shape.
    /// </summary>
    internal static class SharedParts
    {
        private const int Fewest = 4; // names, before what they share says anything

        /// <summary>The beginnings that three in four shapes have, the shortest first.</summary>
        public static List<string> Starts(IList<string> shapes)
        {
            return MostHave(shapes, StartsOf);
        }

        /// <summary>The ends that three in four shapes have, the shortest first.</summary>
        public static List<string> Ends(IList<string> shapes)
        {
            return MostHave(shapes, EndsOf);
        }

        public static string WithoutStart(string name, string start)
        {
            return name.StartsWith(start, StringComparison.Ordinal) ? name.Substring(start.Length) : name;
        }

        public static string WithoutEnd(string name, string end)
        {
            return name.EndsWith(end, StringComparison.Ordinal) ? name.Substring(0, name.Length - end.Length) : name;
        }

        private static List<string> StartsOf(string name)
        {
            var starts = new List<string>();
            foreach (Match cut in NameMatcher.CutPattern.Matches(name))
                if (cut.Index + 1 < name.Length) starts.Add(name.Substring(0, cut.Index + 1));
            return starts;
        }

        private static List<string> EndsOf(string name)
        {
            var ends = new List<string>();
            foreach (Match cut in NameMatcher.CutPattern.Matches(name))
                if (cut.Index > 0) ends.Add(name.Substring(cut.Index));
            return ends;
        }

        private static List<string> MostHave(IList<string> shapes, Func<string, List<string>> partsOf)
        {
            int names = 0;
            var counts = new Dictionary<string, int>();
            foreach (string shape in shapes)
            {
                if (shape.Length == 0 || shape.Length > NameMatcher.Longest) continue;
                names++;
                foreach (string part in partsOf(shape))
                {
                    int count;
                    counts.TryGetValue(part, out count);
                    counts[part] = count + 1;
                }
            }
            var shared = new List<string>();
            if (names < Fewest) return shared;
            foreach (KeyValuePair<string, int> part in counts)
                if (4 * part.Value >= 3 * names) shared.Add(part.Key);
            shared.Sort((one, other) => one.Length.CompareTo(other.Length));
            return shared;
        }
    }
}
