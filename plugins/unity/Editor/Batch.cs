using System;
using System.Collections.Generic;
using UnityEditor;
using UnityEngine;

namespace Rigdriver.Editing
{
    /// <summary>
    /// Clips from a command line: Unity -batchmode -projectPath P -executeMethod Rigdriver.Editing.Batch.MakeClips
    /// -rigdriverFolder takes -rigdriverCharacter Assets/Hero.prefab -rigdriverOutput Assets/Takes. Ends with 1 where a
    /// file failed. Clips that are there are replaced, unless -rigdriverKeep is said.
    /// </summary>
    public static class Batch
    {
        public static void MakeClips()
        {
            EditorApplication.Exit(Run(Environment.GetCommandLineArgs()));
        }

        internal static int Run(string[] arguments)
        {
            string folder = After(arguments, "-rigdriverFolder"), path = After(arguments, "-rigdriverCharacter");
            string output = After(arguments, "-rigdriverOutput");
            if (folder == null || path == null || output == null)
            {
                Debug.LogError("rigdriver: say -rigdriverFolder, -rigdriverCharacter and -rigdriverOutput");
                return 2;
            }
            var character = AssetDatabase.LoadAssetAtPath<GameObject>(path);
            if (character == null)
            {
                Debug.LogError("rigdriver: there is no character " + path);
                return 2;
            }
            List<MakeReport> reports = ClipFiles.Make(ClipFiles.In(folder, true), character, output,
                Array.IndexOf(arguments, "-rigdriverKeep") < 0, new MakeOptions());
            bool failed = false;
            foreach (MakeReport report in reports)
            {
                failed |= report.Failed;
                foreach (string line in report.Lines())
                    if (report.Failed) Debug.LogError("rigdriver: " + line);
                    else Debug.Log("rigdriver: " + line);
            }
            return failed ? 1 : 0;
        }

        private static string After(string[] arguments, string option)
        {
            int at = Array.IndexOf(arguments, option);
            return at >= 0 && at + 1 < arguments.Length ? arguments[at + 1] : null;
        }
    }
}
