using System.Collections.Generic;

namespace Rigdriver
{
    /// <summary>Leaves out keys that a straight line passes within a tolerance. The first and the last stay.</summary>
    public static class KeyReducer
    {
        /// <summary>
        /// Indices of the keys that stay. From each of them the lines that pass everything since within the tolerance
        /// are a wedge of slopes; a key outside it ends the stretch at the key before.
        /// </summary>
        public static List<int> Kept(float[] times, float[] values, float tolerance)
        {
            var kept = new List<int>();
            if (times.Length == 0) return kept;
            kept.Add(0);
            int from = 0;
            double low = double.NegativeInfinity, high = double.PositiveInfinity;
            for (int k = 1; k < times.Length; k++)
            {
                double slope = ((double)values[k] - values[from]) / ((double)times[k] - times[from]);
                if (k > from + 1 && !(low <= slope && slope <= high))
                {
                    from = k - 1;
                    kept.Add(from);
                    low = double.NegativeInfinity;
                    high = double.PositiveInfinity;
                }
                double width = (double)times[k] - times[from], rise = (double)values[k] - values[from];
                low = System.Math.Max(low, (rise - tolerance) / width);
                high = System.Math.Min(high, (rise + tolerance) / width);
            }
            if (times.Length > 1) kept.Add(times.Length - 1);
            return kept;
        }
    }
}
