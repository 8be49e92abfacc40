using System;
using System.Collections.Generic;
using System.IO;
using UnityEditor;
using UnityEngine;

namespace Rigdriver.Editing
{
    /// <summary>Many files into Animation Clips: one .anim each, kept by name.</summary>
    public static class ClipFiles
    {
        /// <summary>The readable files of a folder and, where asked, of those below it, in order.</summary>
        public static List<string> In(string folder, bool recursive)
        {
            var found = new List<string>();
            SearchOption depth = recursive ? SearchOption.AllDirectories : SearchOption.TopDirectoryOnly;
            foreach (string path in Directory.GetFiles(folder, "*", depth))
                if (IsReadable(path)) found.Add(path.Replace('\\', '/'));
            found.Sort(StringComparer.Ordinal);
            return found;
        }

        public static bool IsReadable(string path)
        {
            string suffix = Path.GetExtension(path).ToLowerInvariant();
            return suffix == ".json" || suffix == ".csv";
        }

        /// <summary>
        /// One clip a file, into `output` (a folder under Assets). A clip that is there is left alone, or with
        /// `replace` gets new curves and stays the same asset, so that what refers to it goes on doing so. A file that
        /// fails is in its report and the others go on.
        /// </summary>
        public static List<MakeReport> Make(IList<string> files, GameObject character, string output, bool replace,
            MakeOptions options)
        {
            var reports = new List<MakeReport>();
            var taken = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
            MakeFolder(output);
            try
            {
                for (int k = 0; k < files.Count; k++)
                {
                    float done = (float)k / files.Count;
                    if (EditorUtility.DisplayCancelableProgressBar("rigdriver", files[k], done)) break;
                    reports.Add(One(files[k], character, output, replace, options, taken));
                }
            }
            finally
            {
                EditorUtility.ClearProgressBar();
                AssetDatabase.SaveAssets();
            }
            return reports;
        }

        private static MakeReport One(string file, GameObject character, string output, bool replace,
            MakeOptions options, Dictionary<string, string> taken)
        {
            var report = new MakeReport(Path.GetFileName(file));
            report.Asset = output + "/" + Path.GetFileNameWithoutExtension(file) + ".anim";
            if (taken.ContainsKey(report.Asset))
            {
                report.Error = Path.GetFileName(taken[report.Asset]) + " has become " + report.Asset
                    + " already; rename one of the two";
                return report;
            }
            taken[report.Asset] = file;
            var there = AssetDatabase.LoadAssetAtPath<AnimationClip>(report.Asset);
            if (there != null && !replace)
            {
                report.Skipped = true;
                return report;
            }
            try
            {
                Write(file, character, options, report, there);
            }
            catch (ClipFormatException error)
            {
                report.Error = error.Message;
            }
            catch (IOException error)
            {
                report.Error = "cannot be read: " + error.Message;
            }
            catch (UnauthorizedAccessException error)
            {
                report.Error = "cannot be read: " + error.Message;
            }
            return report;
        }

        private static void Write(string file, GameObject character, MakeOptions options, MakeReport report,
            AnimationClip there)
        {
            RigClip source = ClipReader.Read(File.ReadAllText(file));
            AnimationClip clip = there != null ? there : new AnimationClip();
            ClipMaker.Fill(clip, source, character, options, report);
            if (report.Failed) return;
            if (there == null) AssetDatabase.CreateAsset(clip, report.Asset);
            else EditorUtility.SetDirty(clip);
        }

        private static void MakeFolder(string path)
        {
            if (AssetDatabase.IsValidFolder(path)) return;
            int cut = path.LastIndexOf('/');
            if (cut < 0) throw new ArgumentException("the clips should go into a folder under Assets, not " + path);
            MakeFolder(path.Substring(0, cut));
            AssetDatabase.CreateFolder(path.Substring(0, cut), path.Substring(cut + 1));
        }
    }
}
