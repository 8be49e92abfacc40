using System.Collections.Generic;

namespace Rigdriver.Editing
{
    /// <summary>What came of one file.</summary>
    public sealed class MakeReport
    {
        public readonly string File;
        public string Asset = "";
        public string Error = "";
        public bool Skipped;
        public int Curves;
        public int Keys;
        public int Meshes;

        /// <summary>Curves of the file that no mesh has.</summary>
        public readonly List<string> Missing = new List<string>();

        /// <summary>Shapes left still because another has a better or earlier claim to their curve.</summary>
        public readonly List<string> Ambiguous = new List<string>();

        public readonly List<string> Notes = new List<string>();

        public MakeReport(string file)
        {
            File = file;
        }

        public bool Failed
        {
            get { return Error.Length > 0; }
        }

        /// <summary>The report as lines for the console and the window.</summary>
        public List<string> Lines()
        {
            var lines = new List<string>();
            if (Failed) lines.Add(File + ": " + Error);
            else if (Skipped) lines.Add(File + ": " + Asset + " is there already, left as it is");
            else lines.Add(File + ": " + Asset + " (" + Curves + " curves, " + Keys + " keys, " + Meshes + " meshes)");
            if (Missing.Count > 0) lines.Add(File + ": on no mesh: " + string.Join(", ", Missing.ToArray()));
            if (Ambiguous.Count > 0)
                lines.Add(File + ": left still, another has its curve: " + string.Join(", ", Ambiguous.ToArray()));
            foreach (string note in Notes) lines.Add(File + ": " + note);
            return lines;
        }
    }
}
