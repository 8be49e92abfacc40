// A stand-in for the part of UnityEditor that the package uses; see UnityEngine.cs beside it.
using System;
using System.Collections.Generic;
using UnityEngine;

namespace UnityEditor
{
    public struct EditorCurveBinding
    {
        public string path;
        public string propertyName;

        public Type type { get; set; }

        public static EditorCurveBinding FloatCurve(string inPath, Type inType, string inPropertyName)
        {
            return new EditorCurveBinding { path = inPath, type = inType, propertyName = inPropertyName };
        }
    }

    public class AnimationClipSettings
    {
        public bool loopTime { get; set; }
    }

    public static class AnimationUtility
    {
        public enum TangentMode { Free = 0, Auto = 1, Linear = 2, Constant = 3, ClampedAuto = 4 }

        private static readonly Dictionary<AnimationClip, bool> Looping = new Dictionary<AnimationClip, bool>();

        public static readonly Dictionary<AnimationCurve, TangentMode> Modes =
            new Dictionary<AnimationCurve, TangentMode>(); // test

        public static int Writes; // test

        public static void SetEditorCurves(AnimationClip clip, EditorCurveBinding[] bindings, AnimationCurve[] curves)
        {
            if (bindings.Length != curves.Length) throw new ArgumentException("as many bindings as curves");
            Writes++;
            for (int k = 0; k < bindings.Length; k++)
            {
                string key = bindings[k].path + "|" + bindings[k].type.Name + "|" + bindings[k].propertyName;
                if (clip.Curves.ContainsKey(key)) throw new ArgumentException("two curves for " + key);
                clip.Curves[key] = curves[k];
            }
        }

        public static AnimationClipSettings GetAnimationClipSettings(AnimationClip clip)
        {
            bool loops;
            return new AnimationClipSettings { loopTime = Looping.TryGetValue(clip, out loops) && loops };
        }

        public static void SetAnimationClipSettings(AnimationClip clip, AnimationClipSettings srcClipInfo)
        {
            Looping[clip] = srcClipInfo.loopTime;
        }

        public static string CalculateTransformPath(Transform targetTransform, Transform root)
        {
            if (targetTransform == root) return "";
            string above = CalculateTransformPath(targetTransform.parent, root);
            return above.Length == 0 ? targetTransform.name : above + "/" + targetTransform.name;
        }

        public static void SetKeyLeftTangentMode(AnimationCurve curve, int index, TangentMode tangentMode)
        {
            if (index < 0 || index >= curve.length) throw new IndexOutOfRangeException();
            Modes[curve] = tangentMode;
        }

        public static void SetKeyRightTangentMode(AnimationCurve curve, int index, TangentMode tangentMode)
        {
            SetKeyLeftTangentMode(curve, index, tangentMode);
        }
    }

    public static class AssetDatabase
    {
        public static readonly SortedDictionary<string, UnityEngine.Object> Assets =
            new SortedDictionary<string, UnityEngine.Object>(StringComparer.Ordinal); // test

        public static readonly HashSet<string> Folders = new HashSet<string> { "Assets" }; // test

        public static T LoadAssetAtPath<T>(string assetPath) where T : UnityEngine.Object
        {
            UnityEngine.Object asset;
            return Assets.TryGetValue(assetPath, out asset) ? asset as T : null;
        }

        public static void CreateAsset(UnityEngine.Object asset, string path)
        {
            if (!Folders.Contains(path.Substring(0, path.LastIndexOf('/')))) throw new Exception("no folder for " + path);
            Assets[path] = asset;
        }

        public static void SaveAssets()
        {
        }

        public static bool IsValidFolder(string path)
        {
            return Folders.Contains(path);
        }

        public static string CreateFolder(string parentFolder, string newFolderName)
        {
            if (!Folders.Contains(parentFolder)) throw new Exception("no folder " + parentFolder);
            Folders.Add(parentFolder + "/" + newFolderName);
            return "";
        }

        public static string GUIDToAssetPath(string guid)
        {
            return guid;
        }
    }

    public static class EditorUtility
    {
        public static readonly HashSet<UnityEngine.Object> Dirty = new HashSet<UnityEngine.Object>(); // test
        public static int CancelAfter = int.MaxValue; // test
        public static int Shown; // test
        public static bool Open; // test

        public static bool DisplayCancelableProgressBar(string title, string info, float progress)
        {
            if (progress < 0f || progress > 1f) throw new ArgumentOutOfRangeException("progress");
            Open = true;
            return Shown++ >= CancelAfter;
        }

        public static void ClearProgressBar()
        {
            Open = false;
        }

        public static void SetDirty(UnityEngine.Object target)
        {
            Dirty.Add(target);
        }

        public static string OpenFolderPanel(string title, string folder, string defaultName)
        {
            return "";
        }
    }

    public static class EditorApplication
    {
        public static void Exit(int returnValue)
        {
            Environment.Exit(returnValue);
        }
    }

    public enum SelectionMode { Unfiltered = 0, TopLevel = 1, Deep = 2 }

    public static class Selection
    {
        public static string[] assetGUIDs { get { return new string[0]; } }

        public static T[] GetFiltered<T>(SelectionMode mode)
        {
            return new T[0];
        }
    }

    public class EditorWindow : ScriptableObject
    {
        public static T GetWindow<T>(string title) where T : EditorWindow
        {
            return Activator.CreateInstance<T>();
        }
    }

    public static class EditorStyles
    {
        public static GUIStyle wordWrappedLabel { get { return new GUIStyle(); } }
    }

    public static class EditorGUI
    {
        public struct DisabledScope : IDisposable
        {
            public DisabledScope(bool disabled)
            {
            }

            public void Dispose()
            {
            }
        }
    }

    public static class EditorGUILayout
    {
        public static UnityEngine.Object ObjectField(string label, UnityEngine.Object obj, Type objType,
            bool allowSceneObjects, params GUILayoutOption[] options)
        {
            return obj;
        }

        public static void LabelField(string label, string label2, params GUILayoutOption[] options)
        {
        }

        public static void LabelField(string label, GUIStyle style, params GUILayoutOption[] options)
        {
        }

        public static string TextField(string label, string text, params GUILayoutOption[] options)
        {
            return text;
        }

        public static bool Toggle(string label, bool value, params GUILayoutOption[] options)
        {
            return value;
        }

        public static float FloatField(string label, float value, params GUILayoutOption[] options)
        {
            return value;
        }

        public static Enum EnumPopup(string label, Enum selected, params GUILayoutOption[] options)
        {
            return selected;
        }

        public static Vector2 BeginScrollView(Vector2 scrollPosition, params GUILayoutOption[] options)
        {
            return scrollPosition;
        }

        public static void EndScrollView()
        {
        }
    }

    [AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
    public sealed class MenuItem : Attribute
    {
        public MenuItem(string itemName)
        {
        }

        public MenuItem(string itemName, bool isValidateFunction)
        {
        }

        public MenuItem(string itemName, bool isValidateFunction, int priority)
        {
        }
    }
}
