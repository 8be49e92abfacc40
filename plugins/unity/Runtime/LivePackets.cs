using System;
using System.Collections.Generic;
using System.Text;

namespace Rigdriver
{
    /// <summary>
    /// Values out of datagrams: rigdriver's plain OSC (`osc://`, each curve by its name or all in one array) and
    /// JSONLiveLink (`jsonlivelink://`). Later values of a name win. Nothing a datagram holds makes it fail otherwise
    /// than with a ClipFormatException.
    /// </summary>
    public sealed class LivePackets
    {
        private const int Deepest = 8; // bundles in bundles
        private const int Most = 4096; // values, more than any face has
        private const int Header = 16; // "#bundle", a zero, and the time tag, which is not waited for

        private readonly string _prefix;
        private string[] _names = new string[0]; // of the array layout, which says them once a second

        /// <param name="prefix">What OSC addresses begin with; others are left out.</param>
        public LivePackets(string prefix)
        {
            _prefix = prefix.TrimEnd('/') + "/";
        }

        /// <summary>Seconds of sound that the last OSC frame belongs to.</summary>
        public float Second { get; private set; }

        /// <summary>The sender's number of the frame that the last datagram belongs to, null where it told none.</summary>
        public int? Frame { get; private set; }

        /// <summary>Adds a datagram's values to those that are there.</summary>
        /// <exception cref="ClipFormatException">It is neither of the two, or damaged.</exception>
        public void Read(byte[] data, int length, IDictionary<string, float> values)
        {
            Frame = null;
            if (length > 0 && data[0] == '{') ReadJson(Encoding.UTF8.GetString(data, 0, length), values);
            else ReadOsc(data, 0, length, 0, values);
            if (values.Count > Most) throw Wrong("more values than any face has");
        }

        private static ClipFormatException Wrong(string why)
        {
            return new ClipFormatException("live packet: " + why);
        }

        // ---- JSONLiveLink: {"subject": {"Parameter": [{"Name": "JawOpen", "Value": 0.5}]}}

        private static void ReadJson(string text, IDictionary<string, float> values)
        {
            var subjects = JsonReader.Read(text) as Dictionary<string, object>;
            if (subjects == null) throw Wrong("JSON without a subject");
            foreach (object subject in subjects.Values)
            {
                var body = subject as Dictionary<string, object>;
                object list;
                if (body == null || !body.TryGetValue("Parameter", out list)) throw Wrong("JSON without parameters");
                var items = list as List<object>;
                if (items == null) continue; // an empty list is read as one of numbers
                foreach (object item in items) ReadParameter(item as Dictionary<string, object>, values);
            }
        }

        private static void ReadParameter(Dictionary<string, object> item, IDictionary<string, float> values)
        {
            object name, value;
            if (item == null || !item.TryGetValue("Name", out name) || !item.TryGetValue("Value", out value)
                || !(name is string) || !(value is double)) throw Wrong("a parameter is no name with a value");
            Keep((string)name, (double)value, values);
        }

        private static void Keep(string name, double value, IDictionary<string, float> values)
        {
            if (double.IsNaN(value) || Math.Abs(value) > float.MaxValue) throw Wrong("a value that is no number");
            values[name] = (float)value;
        }

        // ---- OSC

        private void ReadOsc(byte[] data, int at, int end, int depth, IDictionary<string, float> values)
        {
            if (at < end && data[at] == '#') ReadBundle(data, at, end, depth, values);
            else if (at < end && data[at] == '/') ReadMessage(data, at, end, values);
            else throw Wrong("neither OSC nor JSON");
        }

        private void ReadBundle(byte[] data, int at, int end, int depth, IDictionary<string, float> values)
        {
            if (depth >= Deepest) throw Wrong("OSC bundles nested too deeply");
            at += Header;
            while (at < end)
            {
                int size = Int(data, at, end);
                at += 4;
                if (size <= 0 || size > end - at) throw Wrong("an OSC bundle that breaks off");
                ReadOsc(data, at, at + size, depth + 1, values);
                at += size;
            }
            if (at > end) throw Wrong("an OSC bundle that breaks off");
        }

        private void ReadMessage(byte[] data, int at, int end, IDictionary<string, float> values)
        {
            string address = Text(data, ref at, end);
            if (at >= end) return; // senders of old leave the types out where there are no arguments
            string types = Text(data, ref at, end);
            if (!address.StartsWith(_prefix, StringComparison.Ordinal)) return;
            var numbers = new List<double>();
            var texts = new List<string>();
            foreach (char type in types.TrimStart(',')) ReadArgument(type, data, ref at, end, numbers, texts);
            Take(address.Substring(_prefix.Length), numbers, texts, values);
        }

        private void Take(string name, List<double> numbers, List<string> texts, IDictionary<string, float> values)
        {
            if (name == "names") _names = texts.ToArray();
            else if (name == "frame") ReadFrame(numbers);
            else if (name == "values")
                for (int k = 0; k < numbers.Count && k < _names.Length; k++) Keep(_names[k], numbers[k], values);
            else if (numbers.Count == 1) Keep(name, numbers[0], values);
        }

        private void ReadFrame(List<double> numbers)
        {
            if (numbers.Count < 2 || !(Math.Abs(numbers[0]) < int.MaxValue)) return;
            Frame = (int)numbers[0];
            Second = (float)numbers[1];
        }

        private static void ReadArgument(char type, byte[] data, ref int at, int end, List<double> numbers,
            List<string> texts)
        {
            if (type == 's' || type == 'S') texts.Add(Text(data, ref at, end));
            else if (type == 'f') numbers.Add(BitConverter.ToSingle(BitConverter.GetBytes(Next(data, ref at, end)), 0));
            else if (type == 'i') numbers.Add(Next(data, ref at, end));
            else if (type == 'd' || type == 'h') numbers.Add(Long(type, data, ref at, end));
            else if (type == 'T') numbers.Add(1);
            else if (type == 'F') numbers.Add(0);
            else throw Wrong("an OSC argument of type '" + type + "'");
        }

        private static double Long(char type, byte[] data, ref int at, int end)
        {
            long bits = ((long)Next(data, ref at, end) << 32) | (uint)Next(data, ref at, end);
            return type == 'd' ? BitConverter.Int64BitsToDouble(bits) : bits;
        }

        private static int Next(byte[] data, ref int at, int end)
        {
            at += 4;
            return Int(data, at - 4, end);
        }

        private static int Int(byte[] data, int at, int end)
        {
            if (at > end - 4) throw Wrong("OSC that breaks off");
            return (data[at] << 24) | (data[at + 1] << 16) | (data[at + 2] << 8) | data[at + 3];
        }

        /// A string that ends with a zero, filled up to four bytes.
        private static string Text(byte[] data, ref int at, int end)
        {
            int stop = at < end ? Array.IndexOf(data, (byte)0, at, end - at) : -1;
            if (stop < 0) throw Wrong("an OSC string without an end");
            string text = Encoding.UTF8.GetString(data, at, stop - at);
            at += (stop - at) / 4 * 4 + 4;
            return text;
        }
    }
}
