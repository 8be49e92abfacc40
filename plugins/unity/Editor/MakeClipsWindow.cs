using System;
using System.Collections.Generic;
using System.IO;
using UnityEditor;
using UnityEngine;

namespace Rigdriver.Editing
{
    /// <summary>Asks for files, a character and a folder, makes the clips, and shows what came of each file.</summary>
    public sealed class MakeClipsWindow : EditorWindow
    {
        private const string AssetMenu = "Assets/rigdriver/Make Animation Clips...";

        [SerializeField] private GameObject _character;
        [SerializeField] private List<string> _files = new List<string>();
        [SerializeField] private string _output = "Assets/Animations";
        [SerializeField] private bool _replace = true;
        [SerializeField] private MakeOptions _options = new MakeOptions();

        private readonly List<string> _lines = new List<string>();
        private Vector2 _scroll;

        [MenuItem(AssetMenu, false, 2000)]
        private static void OpenForSelection()
        {
            var window = Open();
            window._files = Selected();
            foreach (GameObject chosen in Selection.GetFiltered<GameObject>(SelectionMode.TopLevel))
                window._character = chosen;
            if (window._files.Count > 0)
                window._output = Path.GetDirectoryName(window._files[0]).Replace('\\', '/');
        }

        [MenuItem(AssetMenu, true)]
        private static bool CanOpenForSelection()
        {
            return Selected().Count > 0;
        }

        [MenuItem("Window/rigdriver/Make Animation Clips")]
        private static void OpenEmpty()
        {
            Open();
        }

        private static MakeClipsWindow Open()
        {
            return GetWindow<MakeClipsWindow>("rigdriver clips");
        }

        /// Files among the selected assets, and those in selected folders.
        private static List<string> Selected()
        {
            var found = new List<string>();
            foreach (string guid in Selection.assetGUIDs)
            {
                string path = AssetDatabase.GUIDToAssetPath(guid);
                if (AssetDatabase.IsValidFolder(path)) found.AddRange(ClipFiles.In(path, true));
                else if (ClipFiles.IsReadable(path)) found.Add(path);
            }
            return found;
        }

        private void OnGUI()
        {
            _character = (GameObject)EditorGUILayout.ObjectField("Character", _character, typeof(GameObject), true);
            EditorGUILayout.LabelField("Files", _files.Count == 0 ? "none" : _files.Count + ", first " + _files[0]);
            if (GUILayout.Button("Choose a folder...")) Choose();
            _output = EditorGUILayout.TextField("Clips into", _output);
            _replace = EditorGUILayout.Toggle("Replace clips", _replace);
            ShowOptions();
            using (new EditorGUI.DisabledScope(_character == null || _files.Count == 0))
                if (GUILayout.Button("Make clips")) Make();
            _scroll = EditorGUILayout.BeginScrollView(_scroll);
            foreach (string line in _lines) EditorGUILayout.LabelField(line, EditorStyles.wordWrappedLabel);
            EditorGUILayout.EndScrollView();
        }

        private void ShowOptions()
        {
            _options.tolerance = EditorGUILayout.FloatField("Tolerance", _options.tolerance);
            _options.tangents = (KeyTangents)EditorGUILayout.EnumPopup("Tangents", _options.tangents);
            _options.scale = EditorGUILayout.FloatField("Scale", _options.scale);
            _options.loop = EditorGUILayout.Toggle("Loop", _options.loop);
            _options.legacy = EditorGUILayout.Toggle("Legacy clip", _options.legacy);
            _options.rotations = EditorGUILayout.Toggle("Head and eyes", _options.rotations);
            if (!_options.rotations) return;
            _options.head = Bone("Head", _options.head);
            _options.leftEye = Bone("Left eye", _options.leftEye);
            _options.rightEye = Bone("Right eye", _options.rightEye);
        }

        private static Transform Bone(string label, Transform bone)
        {
            return (Transform)EditorGUILayout.ObjectField(label, bone, typeof(Transform), true);
        }

        private void Choose()
        {
            string folder = EditorUtility.OpenFolderPanel("Files of rigdriver or Live Link Face", "", "");
            if (folder.Length > 0) _files = ClipFiles.In(folder, true);
        }

        private void Make()
        {
            _lines.Clear();
            try
            {
                string output = _output.TrimEnd('/');
                foreach (MakeReport report in ClipFiles.Make(_files, _character, output, _replace, _options))
                    _lines.AddRange(report.Lines());
            }
            catch (ArgumentException error)
            {
                _lines.Add(error.Message);
            }
            foreach (string line in _lines) Debug.Log("rigdriver: " + line);
        }
    }
}
