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

        /// <summary>The shapes in order, without the beginning and then the end that three in four share.</summary>
        public static string[] Without(IList<string> shapes)
        {
            var bare = new string[shapes.Count];
            shapes.CopyTo(bare, 0);
            var counted = new List<int>();
            for (int k = 0; k < bare.Length; k++)
                if (bare[k].Length > 0 && bare[k].Length <= NameMatcher.Longest) counted.Add(k);
            if (counted.Count < Fewest) return bare;

            string start = MostShared(counted.ConvertAll(k => Starts(bare[k])));
            foreach (int k in counted)
                if (bare[k].StartsWith(start, StringComparison.Ordinal)) bare[k] = bare[k].Substring(start.Length);
            string end = MostShared(counted.ConvertAll(k => Ends(bare[k])));
            foreach (int k in counted)
                if (bare[k].EndsWith(end, StringComparison.Ordinal))
                    bare[k] = bare[k].Substring(0, bare[k].Length - end.Length);
            return bare;
        }

        private static List<string> Starts(string name)
        {
            var starts = new List<string>();
            foreach (Match cut in NameMatcher.CutPattern.Matches(name))
                if (cut.Index + 1 < name.Length) starts.Add(name.Substring(0, cut.Index + 1));
            return starts;
        }

        private static List<string> Ends(string name)
        {
            var ends = new List<string>();
            foreach (Match cut in NameMatcher.CutPattern.Matches(name))
                if (cut.Index > 0) ends.Add(name.Substring(cut.Index));
            return ends;
        }

        /// The longest part that three in four names have; "" where there is none. parts: each name's own.
        private static string MostShared(List<List<string>> parts)
        {
            string longest = "";
            var counts = new Dictionary<string, int>();
            foreach (List<string> ofName in parts)
                foreach (string part in ofName)
                {
                    int count;
                    counts.TryGetValue(part, out count);
                    counts[part] = ++count;
                    if (4 * count >= 3 * parts.Count && part.Length > longest.Length) longest = part;
                }
            return longest;
        }
    }
}
