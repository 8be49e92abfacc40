using System;
using System.Collections.Generic;
using System.Text;
using System.Text.RegularExpressions;

namespace Rigdriver
{
    /// <summary>
    /// Which curve drives which blend shape, whatever the file's maker calls it: `jawOpen`, `JawOpen`, `jaw_open` and
    /// `blendShape1.jawOpen` are one; `mouthSmile_L` and `mouthSmileLeft` are another. A mesh that splits a shape in
    /// two halves has both driven by the whole. The left in `mouthLeft` is where the mouth goes: `mouth_L` is not it.
    /// The same answers as rigdriver's own `spelling`; a test holds them together.
    /// </summary>
    public sealed class NameMatcher
    {
        private enum Rank { Exact, Spelled, Prefixed, Half }

        private sealed class Claim
        {
            public string Channel;
            public Rank Rank;
            public string Half = "";
        }

        private const int Longest = 256; // characters; reading is quadratic in a name's separators
        private const string PathCuts = ".:/|";

        private static readonly Regex WordPattern = new Regex(@"[A-Z]+(?![a-z])|[A-Z]?[^\W\d_A-Z]+|\d+");
        private static readonly Regex CutPattern = new Regex(@"[.:/|]|[_\s-]");
        private static readonly string[] Directions = { "jawLeft", "jawRight", "mouthLeft", "mouthRight" };

        private readonly HashSet<string> _names = new HashSet<string>();
        private readonly Dictionary<string, string> _byKey = new Dictionary<string, string>();
        private readonly Dictionary<string, Claim> _read = new Dictionary<string, Claim>();

        private NameMatcher(IEnumerable<string> channels)
        {
            foreach (string name in channels)
            {
                _names.Add(name);
                string side;
                string key = Key(name, out side) + side;
                if (key.Length > 0 && !_byKey.ContainsKey(key)) _byKey[key] = name;
            }
        }

        /// <summary>For each blend shape of one mesh the curve that drives it, or null.</summary>
        /// <param name="ambiguous">Shapes left still because an earlier one has as good a claim to their curve.</param>
        public static string[] Match(IList<string> shapes, IEnumerable<string> channels, List<string> ambiguous)
        {
            var book = new NameMatcher(channels);
            var claims = new Claim[shapes.Count];
            var best = new Dictionary<string, Rank>();
            for (int k = 0; k < claims.Length; k++)
            {
                Claim claim = claims[k] = book.Read(shapes[k]);
                Rank known;
                if (claim != null && (!best.TryGetValue(claim.Channel, out known) || claim.Rank < known))
                    best[claim.Channel] = claim.Rank;
            }
            var seated = new HashSet<string>();
            var chosen = new string[claims.Length];
            for (int k = 0; k < claims.Length; k++)
            {
                Claim claim = claims[k];
                if (claim == null || claim.Rank > best[claim.Channel]) continue;
                if (seated.Add(claim.Half + "\n" + claim.Channel)) chosen[k] = claim.Channel;
                else if (ambiguous != null) ambiguous.Add(shapes[k]);
            }
            return chosen;
        }

        private Claim Read(string shape)
        {
            Claim claim;
            if (_read.TryGetValue(shape, out claim)) return claim;
            return _read[shape] = shape.Length <= Longest ? Fresh(shape) : null;
        }

        private Claim Fresh(string shape)
        {
            if (_names.Contains(shape)) return new Claim { Channel = shape, Rank = Rank.Exact };
            string whole = Spelled(shape);
            if (whole != null) return new Claim { Channel = whole, Rank = Rank.Spelled };
            return AfterPrefix(shape) ?? HalfOf(shape);
        }

        private string Spelled(string shape)
        {
            string side, channel;
            string stem = Key(shape, out side);
            if (!_byKey.TryGetValue(stem + side, out channel)) return null;
            List<string> words = Words(shape);
            bool sideOfFace = side.Length > 0 && words[words.Count - 1] != side;
            return sideOfFace && IsDirection(channel) ? null : channel;
        }

        private Claim AfterPrefix(string shape)
        {
            foreach (Match cut in CutPattern.Matches(shape))
            {
                string before = shape.Substring(0, cut.Index), rest = shape.Substring(cut.Index + cut.Length);
                bool inPath = PathCuts.IndexOf(cut.Value, StringComparison.Ordinal) >= 0;
                if (!inPath && !IsOneShape(rest)) continue;
                if (Read(before) != null) return null; // `jawOpen_mouthClose` is a corrective of two shapes
                string channel = _names.Contains(rest) ? rest : Spelled(rest);
                if (!string.IsNullOrEmpty(channel) && (inPath || !IsDirection(channel) || !CutPattern.IsMatch(rest)))
                    return new Claim { Channel = channel, Rank = Rank.Prefixed };
                Claim half = inPath ? HalfOf(rest) : null;
                if (half != null) return half;
            }
            return null;
        }

        private Claim HalfOf(string shape)
        {
            string side, channel;
            string stem = Key(shape, out side);
            if (side.Length == 0 || !_byKey.TryGetValue(stem, out channel)) return null;
            return new Claim { Channel = channel, Rank = Rank.Half, Half = side };
        }

        private static bool IsDirection(string channel)
        {
            return Array.IndexOf(Directions, channel) >= 0;
        }

        /// A name without case and separators; side: "left", "right" or "" where it ends in none.
        private static string Key(string name, out string side)
        {
            List<string> words = Words(name);
            side = words.Count > 1 ? Side(words[words.Count - 1]) : "";
            var key = new StringBuilder();
            for (int k = 0; k < words.Count - (side.Length > 0 ? 1 : 0); k++) key.Append(words[k]);
            return key.ToString();
        }

        private static string Side(string word)
        {
            if (word == "l" || word == "left") return "left";
            return word == "r" || word == "right" ? "right" : "";
        }

        private static List<string> Words(string name)
        {
            var words = new List<string>();
            foreach (Match match in WordPattern.Matches(name)) words.Add(match.Value.ToLowerInvariant());
            return words;
        }

        /// Whether text after a `_` can be a whole name: `JawOpen`, `mouthSmile_L`; not `jaw_open` after `lower_`.
        private static bool IsOneShape(string text)
        {
            var chunks = new List<string>();
            foreach (string chunk in CutPattern.Split(text))
                if (chunk.Length > 0) chunks.Add(chunk);
            return chunks.Count == 1 || (chunks.Count == 2 && Side(chunks[1].ToLowerInvariant()).Length > 0);
        }
    }
}
