using System;
using System.Collections.Generic;

namespace Rigdriver
{
    /// <summary>
    /// The newest value of each curve. What comes late is left out; a frame that comes in several datagrams is shown
    /// when it is whole, for sealed lips are so in one frame alone: when it has as many curves as the two before it had,
    /// or at the latest when the next one begins.
    /// </summary>
    public sealed class NewestFrame
    {
        private const int Back = 1000; // frames that a number may go back before the sender has begun anew
        private const int Most = 4096; // curves, more than any face has: strangers may send names without end

        private readonly Dictionary<string, float> _coming = new Dictionary<string, float>();
        private int? _number; // of the frame that is coming
        private int _last, _usual; // curves of the one before, and the most of the two before

        public readonly Dictionary<string, float> Values = new Dictionary<string, float>();

        /// <summary>Takes a datagram's values. False where they are older than what is shown.</summary>
        /// <param name="frame">The sender's number, null where it sends none.</param>
        public bool Take(int? frame, Dictionary<string, float> values)
        {
            if (frame.HasValue && _number.HasValue && frame > _number - Back && frame < _number) return false;
            if (frame.HasValue && frame != _number)
            {
                Show();
                _usual = Math.Max(_last, _coming.Count);
                _last = _coming.Count;
                _coming.Clear();
                _number = frame;
            }
            Dictionary<string, float> place = frame.HasValue ? _coming : Values;
            foreach (KeyValuePair<string, float> value in values)
                if (place.ContainsKey(value.Key) || place.Count < Most) place[value.Key] = value.Value;
            if (frame.HasValue && _coming.Count >= _usual) Show();
            return true;
        }

        /// <summary>After a silence any number counts: whoever sends next may have begun anew.</summary>
        public void ForgetOrder()
        {
            _number = null;
        }

        private void Show()
        {
            foreach (KeyValuePair<string, float> value in _coming)
                if (Values.ContainsKey(value.Key) || Values.Count < Most) Values[value.Key] = value.Value;
        }
    }
}
