using System.Collections.Generic;
using System.Globalization;
using System.Text;

namespace Rigdriver
{
    /// <summary>
    /// JSON as plain values: string, double, bool, null, Dictionary, List, and double[] for an array of numbers alone.
    /// Unity's JsonUtility reads neither arrays of arrays nor objects whose keys are not known beforehand.
    /// </summary>
    public sealed class JsonReader
    {
        private const int Deepest = 64;

        private readonly string _text;
        private int _at;

        private JsonReader(string text)
        {
            _text = text;
        }

        /// <exception cref="ClipFormatException">The text is not JSON.</exception>
        public static object Read(string text)
        {
            var reader = new JsonReader(text);
            object value = reader.Value(0);
            reader.Space();
            if (reader._at < text.Length) throw reader.Wrong("more after its end");
            return value;
        }

        private object Value(int depth)
        {
            if (depth > Deepest) throw Wrong("nested too deeply");
            Space();
            char next = Peek();
            if (next == '{') return Object(depth);
            if (next == '[') return Array(depth);
            if (next == '"') return String();
            if (next == '-' || (next >= '0' && next <= '9')) return Number();
            if (Word("true")) return true;
            if (Word("false")) return false;
            if (Word("null")) return null;
            throw Wrong("no value");
        }

        private Dictionary<string, object> Object(int depth)
        {
            var found = new Dictionary<string, object>();
            _at++;
            Space();
            if (Take('}')) return found;
            do
            {
                Space();
                string name = String();
                Space();
                Expect(':');
                found[name] = Value(depth + 1);
                Space();
            }
            while (Take(','));
            Expect('}');
            return found;
        }

        private object Array(int depth)
        {
            var numbers = new List<double>();
            List<object> others = null;
            _at++;
            Space();
            if (Take(']')) return new double[0];
            do
            {
                object item = Value(depth + 1);
                if (others == null && item is double) numbers.Add((double)item);
                else (others ?? (others = Boxed(numbers))).Add(item);
                Space();
            }
            while (Take(','));
            Expect(']');
            return others ?? (object)numbers.ToArray();
        }

        private static List<object> Boxed(List<double> numbers)
        {
            var boxed = new List<object>(numbers.Count + 1);
            foreach (double number in numbers) boxed.Add(number);
            return boxed;
        }

        private string String()
        {
            Expect('"');
            var found = new StringBuilder();
            while (true)
            {
                char next = Peek();
                _at++;
                if (next == '"') return found.ToString();
                if (next < ' ') throw Wrong("a string without its end");
                found.Append(next == '\\' ? Escaped() : next);
            }
        }

        private char Escaped()
        {
            char kind = Peek();
            _at++;
            int known = "\"\\/bfnrt".IndexOf(kind);
            if (known >= 0) return "\"\\/\b\f\n\r\t"[known];
            int code;
            if (kind != 'u' || _at + 4 > _text.Length || !int.TryParse(_text.Substring(_at, 4),
                    NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out code))
                throw Wrong("an unknown escape");
            _at += 4;
            return (char)code;
        }

        private double Number()
        {
            int start = _at;
            while (_at < _text.Length && "+-.eE0123456789".IndexOf(_text[_at]) >= 0) _at++;
            double number;
            if (!double.TryParse(_text.Substring(start, _at - start), NumberStyles.Float, CultureInfo.InvariantCulture,
                    out number) || double.IsInfinity(number) || double.IsNaN(number))
                throw Wrong("no number");
            return number;
        }

        private char Peek()
        {
            if (_at >= _text.Length) throw Wrong("it ends too early");
            return _text[_at];
        }

        private bool Take(char wanted)
        {
            if (_at >= _text.Length || _text[_at] != wanted) return false;
            _at++;
            return true;
        }

        private void Expect(char wanted)
        {
            if (!Take(wanted)) throw Wrong("no " + wanted);
        }

        private bool Word(string word)
        {
            if (string.CompareOrdinal(_text, _at, word, 0, word.Length) != 0) return false;
            _at += word.Length;
            return true;
        }

        private void Space()
        {
            while (_at < _text.Length && " \t\r\n".IndexOf(_text[_at]) >= 0) _at++;
        }

        private ClipFormatException Wrong(string what)
        {
            return new ClipFormatException("is not JSON: " + what + " at character " + _at);
        }
    }
}
