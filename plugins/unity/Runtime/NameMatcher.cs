using System;
using System.Collections.Generic;
using System.Text.RegularExpressions;

namespace Rigdriver
{
    /// <summary>
    /// Which curve drives which blend shape, whatever the file's maker calls it: `jawOpen`, `JawOpen`, `jaw_open` and
    /// `blendShape1.jawOpen` are one; `mouthSmile_L`, `L_mouthSmile` and `mouthSmileLeft` are another. A mesh that
    /// splits a shape in two halves has both driven by the whole. What most names of a mesh begin or end with is no
    /// part of any, unless it says a side or a shape; nor are words before a shape that no curve has. The left in
    /// `mouthLeft` is where the mouth goes: `mouth_L` is not it.
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

        internal const int Longest = 256; // characters; reading is quadratic in a name's separators
        private const int Deepest = 4; // shared beginnings, and ends, that are tried: the longest
        private const string PathCuts = ".:/|";

        // Letters, spaces and the rest as Python tells them, which .NET's \w and \s are not quite.
        private static readonly Regex WordPattern =
            new Regex(@"[A-Z]+(?![a-z])|[A-Z]?[\p{L}\p{Nl}\p{No}-[A-Z]]+|\d+");
        internal static readonly Regex CutPattern = new Regex(@"[.:/|]|[_\s\x1c-\x1f-]");
        private static readonly string[] Directions = { "jawLeft", "jawRight", "mouthLeft", "mouthRight" };
        private static readonly string[] Places = { "upper", "lower", "inner", "outer" }; // the upper jaw is no jaw

        private readonly HashSet<string> _names = new HashSet<string>();
        private readonly Dictionary<string, string> _byKey = new Dictionary<string, string>();
        private readonly HashSet<string> _known = new HashSet<string>(Places); // words of curves' names
        private readonly Dictionary<string, Claim> _read = new Dictionary<string, Claim>();

        private NameMatcher(IEnumerable<string> channels)
        {
            foreach (string name in channels)
            {
                _names.Add(name);
                string side;
                string stem = Key(name, out side);
                AddKey(stem + side, name);
                AddKey(string.Concat(Words(name)), name);
                _known.Add(stem);
                _known.UnionWith(Words(name));
            }
        }

        private void AddKey(string key, string name)
        {
            if (key.Length > 0 && !_byKey.ContainsKey(key)) _byKey[key] = name;
        }

        /// <summary>For each blend shape of one mesh the curve that drives it, or null.</summary>
        /// <param name="ambiguous">Shapes left still because an earlier one has as good a claim to their curve.</param>
        public static string[] Match(IList<string> shapes, IEnumerable<string> channels, List<string> ambiguous)
        {
            Claim[] claims = new NameMatcher(channels).Claims(shapes);
            Dictionary<string, Rank> best = Best(claims);
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

        private Claim[] Claims(IList<string> shapes)
        {
            var claims = new Claim[shapes.Count];
            List<string> starts = SayingNothing(SharedParts.Starts(shapes), SharedParts.WithoutStart);
            List<string> ends = SayingNothing(SharedParts.Ends(shapes), SharedParts.WithoutEnd);
            for (int k = 0; k < claims.Length; k++) claims[k] = Read(shapes[k]) ?? Within(shapes[k], starts, ends);
            return claims;
        }

        /// "" and the longest of these shared parts that say neither a side nor a shape, the shortest first.
        private List<string> SayingNothing(List<string> shared, Func<string, string, string> without)
        {
            var kept = new List<string> { "" };
            foreach (string part in shared) // every longer part holds the shorter ones
            {
                bool sided = Words(part).Exists(word => Side(word).Length > 0);
                if (sided || kept.Exists(shorter => !string.IsNullOrEmpty(Spelled(without(part, shorter))))) break;
                kept.Add(part);
            }
            if (kept.Count > Deepest + 1) kept.RemoveRange(1, kept.Count - Deepest - 1);
            return kept;
        }

        /// The reading of a name without one of these beginnings and ends, the first in their order that is a curve's.
        /// Behind a beginning stands a whole name: `open_mouthClose` in `jaw_open_mouthClose` is still a corrective.
        private Claim Within(string shape, List<string> starts, List<string> ends)
        {
            if (shape.Length > Longest) return null;
            foreach (string start in starts)
            {
                if (!shape.StartsWith(start, StringComparison.Ordinal)) continue;
                foreach (string end in ends)
                {
                    string bare = SharedParts.WithoutEnd(SharedParts.WithoutStart(shape, start), end);
                    Claim claim = start.Length > 0 ? Whole(bare) ?? HalfOf(bare) : Read(bare);
                    if (claim != null) return Prefixed(claim);
                }
            }
            return null;
        }

        /// The claim of a name of which something was taken away first. Halves rank behind such names anyway.
        private static Claim Prefixed(Claim claim)
        {
            if (claim.Rank >= Rank.Prefixed) return claim;
            return new Claim { Channel = claim.Channel, Rank = Rank.Prefixed };
        }

        private static Dictionary<string, Rank> Best(Claim[] claims)
        {
            var best = new Dictionary<string, Rank>();
            foreach (Claim claim in claims)
            {
                Rank known;
                if (claim != null && (!best.TryGetValue(claim.Channel, out known) || claim.Rank < known))
                    best[claim.Channel] = claim.Rank;
            }
            return best;
        }

        private Claim Read(string shape)
        {
            Claim claim;
            if (_read.TryGetValue(shape, out claim)) return claim;
            return _read[shape] = shape.Length <= Longest ? Fresh(shape) : null;
        }

        private Claim Fresh(string shape)
        {
            return Whole(shape) ?? AfterPrefix(shape) ?? HalfOf(shape);
        }

        private Claim Whole(string shape)
        {
            if (_names.Contains(shape)) return new Claim { Channel = shape, Rank = Rank.Exact };
            string channel = Spelled(shape);
            return channel == null ? null : new Claim { Channel = channel, Rank = Rank.Spelled };
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
                bool apart = PathCuts.IndexOf(cut.Value, StringComparison.Ordinal) >= 0 || Parts(before, rest);
                if (!apart && !IsOneShape(rest)) continue;
                if (Read(before) != null) return null; // `jawOpen_mouthClose` is a corrective of two shapes
                string channel = _names.Contains(rest) ? rest : Spelled(rest);
                if (!string.IsNullOrEmpty(channel) && (apart || !IsDirection(channel) || !CutPattern.IsMatch(rest)))
                    return new Claim { Channel = channel, Rank = Rank.Prefixed };
                Claim half = apart ? HalfOf(rest) : null;
                if (half != null) return half;
            }
            return null;
        }

        /// Whether a name's first word that a curve's name has too, or a side, is the first of the rest.
        private bool Parts(string before, string rest)
        {
            List<string> following = Words(rest);
            return following.Count > 0 && IsKnown(following[0]) && !Words(before).Exists(IsKnown);
        }

        private bool IsKnown(string word)
        {
            return Side(word).Length > 0 || _known.Contains(word);
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

        /// A name without case and separators, and without the last word of a side in it; side: "left", "right" or "".
        private static string Key(string name, out string side)
        {
            List<string> words = Words(name);
            int at = words.Count > 1 ? words.FindLastIndex(word => Side(word).Length > 0) : -1;
            side = at < 0 ? "" : Side(words[at]);
            if (at >= 0) words.RemoveAt(at);
            return string.Concat(words);
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
