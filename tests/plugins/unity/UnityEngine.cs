// A stand-in for the part of UnityEngine that the package uses: the real names, signatures and null rules of Unity 2021.3,
// with just enough behind them for the package to run without Unity. What Unity computes natively is computed here as
// its documentation says. Tests build hierarchies with the members that are marked "test".
using System;
using System.Collections.Generic;

namespace UnityEngine
{
    public class Object
    {
        public string name { get; set; } = "";

        public static implicit operator bool(Object exists)
        {
            return !ReferenceEquals(exists, null);
        }

        public static bool operator ==(Object a, Object b)
        {
            return ReferenceEquals(a, b);
        }

        public static bool operator !=(Object a, Object b)
        {
            return !ReferenceEquals(a, b);
        }

        public override bool Equals(object other)
        {
            return ReferenceEquals(this, other);
        }

        public override int GetHashCode()
        {
            return base.GetHashCode();
        }
    }

    public class Component : Object
    {
        public GameObject gameObject { get; internal set; }

        public Transform transform
        {
            get { return gameObject.transform; }
        }

        public T GetComponent<T>()
        {
            return gameObject.GetComponent<T>();
        }
    }

    public class Behaviour : Component
    {
        public bool enabled { get; set; }
    }

    public class MonoBehaviour : Behaviour
    {
    }

    public class ScriptableObject : Object
    {
    }

    public sealed class GameObject : Object
    {
        private readonly List<Component> _components = new List<Component>();

        public GameObject(string name)
        {
            this.name = name;
            transform = AddComponent<Transform>();
        }

        public Transform transform { get; private set; }

        public T AddComponent<T>() where T : Component
        {
            var added = (T)Activator.CreateInstance(typeof(T), true);
            added.gameObject = this;
            added.name = name;
            _components.Add(added);
            return added;
        }

        public T GetComponent<T>()
        {
            foreach (Component component in _components)
                if (component is T) return (T)(object)component;
            return default(T);
        }

        public T[] GetComponentsInChildren<T>(bool includeInactive)
        {
            var found = new List<T>();
            Collect(this, found);
            return found.ToArray();
        }

        private static void Collect<T>(GameObject from, List<T> found)
        {
            foreach (Component component in from._components)
                if (component is T) found.Add((T)(object)component);
            for (int k = 0; k < from.transform.childCount; k++) Collect(from.transform.GetChild(k).gameObject, found);
        }
    }

    public sealed class Transform : Component
    {
        private readonly List<Transform> _children = new List<Transform>();

        public Transform parent { get; private set; }
        public Quaternion localRotation { get; set; } = Quaternion.identity;

        public Quaternion rotation
        {
            get { return parent == null ? localRotation : parent.rotation * localRotation; }
        }

        public int childCount
        {
            get { return _children.Count; }
        }

        public Transform GetChild(int index)
        {
            return _children[index];
        }

        public void SetParent(Transform p)
        {
            parent = p;
            p._children.Add(this);
        }
    }

    public sealed class Mesh : Object
    {
        private readonly List<string> _shapes = new List<string>();
        private readonly List<float[]> _frames = new List<float[]>();

        public int blendShapeCount
        {
            get { return _shapes.Count; }
        }

        public string GetBlendShapeName(int shapeIndex)
        {
            return _shapes[shapeIndex];
        }

        public int GetBlendShapeFrameCount(int shapeIndex)
        {
            return _frames[shapeIndex].Length;
        }

        public float GetBlendShapeFrameWeight(int shapeIndex, int frameIndex)
        {
            return _frames[shapeIndex][frameIndex];
        }

        public void AddShape(string shape, params float[] frameWeights) // test
        {
            _shapes.Add(shape);
            _frames.Add(frameWeights);
        }
    }

    public class Renderer : Component
    {
    }

    public class SkinnedMeshRenderer : Renderer
    {
        private readonly Dictionary<int, float> _weights = new Dictionary<int, float>();

        public Mesh sharedMesh { get; set; }

        public float GetBlendShapeWeight(int index)
        {
            float weight;
            return _weights.TryGetValue(index, out weight) ? weight : 0f;
        }

        public void SetBlendShapeWeight(int index, float value)
        {
            if (index < 0 || index >= sharedMesh.blendShapeCount) throw new ArgumentOutOfRangeException("index");
            _weights[index] = value;
        }
    }

    public sealed class Animator : Behaviour
    {
        public readonly Dictionary<HumanBodyBones, Transform> Bones = new Dictionary<HumanBodyBones, Transform>(); // test

        public bool isHuman { get; set; } // test: read-only in Unity

        public Transform GetBoneTransform(HumanBodyBones humanBoneId)
        {
            if (!isHuman) throw new InvalidOperationException("Avatar is not of type humanoid");
            Transform bone;
            return Bones.TryGetValue(humanBoneId, out bone) ? bone : null;
        }
    }

    public enum HumanBodyBones { Head = 10, LeftEye = 21, RightEye = 22 }

    public class TextAsset : Object
    {
        private readonly string _text;

        public TextAsset(string text)
        {
            _text = text;
        }

        public string text
        {
            get { return _text; }
        }
    }

    public sealed class AudioClip : Object
    {
        public int frequency { get; set; } // test: read-only in Unity
    }

    public sealed class AudioSource : Behaviour
    {
        public AudioClip clip { get; set; }
        public int timeSamples { get; set; }
        public bool isPlaying { get; set; } // test: read-only in Unity

        public void Play()
        {
            timeSamples = 0;
            isPlaying = true;
        }
    }

    public static class Time
    {
        public static double timeAsDouble { get; set; } // test: read-only in Unity
    }

    public static class Debug
    {
        public static readonly List<string> Lines = new List<string>(); // test

        public static void Log(object message)
        {
            Lines.Add("log " + message);
        }

        public static void LogError(object message)
        {
            Lines.Add("error " + message);
        }
    }

    public struct Vector2
    {
        public float x, y;
    }

    public struct Vector3
    {
        public float x, y, z;

        public Vector3(float x, float y, float z)
        {
            this.x = x;
            this.y = y;
            this.z = z;
        }

        public static Vector3 up { get { return new Vector3(0f, 1f, 0f); } }
        public static Vector3 right { get { return new Vector3(1f, 0f, 0f); } }
        public static Vector3 forward { get { return new Vector3(0f, 0f, 1f); } }
    }

    public struct Quaternion
    {
        public float x, y, z, w;

        public Quaternion(float x, float y, float z, float w)
        {
            this.x = x;
            this.y = y;
            this.z = z;
            this.w = w;
        }

        public static Quaternion identity { get { return new Quaternion(0f, 0f, 0f, 1f); } }

        public float this[int index]
        {
            get { return new[] { x, y, z, w }[index]; }
        }

        public static Quaternion AngleAxis(float angle, Vector3 axis)
        {
            double half = angle * Math.PI / 360, sine = Math.Sin(half);
            return new Quaternion((float)(axis.x * sine), (float)(axis.y * sine), (float)(axis.z * sine), (float)Math.Cos(half));
        }

        public static Quaternion Inverse(Quaternion rotation)
        {
            return new Quaternion(-rotation.x, -rotation.y, -rotation.z, rotation.w);
        }

        public static Quaternion operator *(Quaternion a, Quaternion b)
        {
            return new Quaternion(a.w * b.x + a.x * b.w + a.y * b.z - a.z * b.y, a.w * b.y + a.y * b.w + a.z * b.x - a.x * b.z,
                a.w * b.z + a.z * b.w + a.x * b.y - a.y * b.x, a.w * b.w - a.x * b.x - a.y * b.y - a.z * b.z);
        }
    }

    public static class Mathf
    {
        public const float Rad2Deg = 57.29578f;

        public static float Max(float a, float b)
        {
            return Math.Max(a, b);
        }

        public static float Lerp(float a, float b, float t)
        {
            return a + (b - a) * Math.Max(0f, Math.Min(1f, t));
        }
    }

    public enum WrapMode { Default = 0, Once = 1, Loop = 2, PingPong = 4, ClampForever = 8 }

    public struct Keyframe
    {
        public Keyframe(float time, float value)
        {
            this.time = time;
            this.value = value;
            inTangent = outTangent = 0f;
        }

        public float time { get; set; }
        public float value { get; set; }
        public float inTangent { get; set; }
        public float outTangent { get; set; }
    }

    public class AnimationCurve
    {
        private readonly Keyframe[] _keys;

        public AnimationCurve(params Keyframe[] keys)
        {
            for (int k = 1; k < keys.Length; k++)
                if (!(keys[k].time > keys[k - 1].time)) throw new ArgumentException("Unity drops keys of one time");
            _keys = (Keyframe[])keys.Clone();
        }

        public Keyframe[] keys
        {
            get { return (Keyframe[])_keys.Clone(); }
        }

        public int length
        {
            get { return _keys.Length; }
        }
    }

    public class Motion : Object
    {
    }

    public sealed class AnimationClip : Motion
    {
        public readonly SortedDictionary<string, AnimationCurve> Curves =
            new SortedDictionary<string, AnimationCurve>(StringComparer.Ordinal); // test: path, type and property

        public float frameRate { get; set; } = 60f;
        public bool legacy { get; set; }
        public WrapMode wrapMode { get; set; }

        public void ClearCurves()
        {
            Curves.Clear();
        }

        public void EnsureQuaternionContinuity()
        {
        }
    }

    public class GUILayoutOption
    {
    }

    public sealed class GUIStyle
    {
    }

    public static class GUILayout
    {
        public static bool Button(string text, params GUILayoutOption[] options)
        {
            return false;
        }
    }

    [AttributeUsage(AttributeTargets.Field)]
    public sealed class SerializeField : Attribute
    {
    }

    [AttributeUsage(AttributeTargets.Field)]
    public sealed class TooltipAttribute : Attribute
    {
        public TooltipAttribute(string tooltip)
        {
        }
    }

    [AttributeUsage(AttributeTargets.Field)]
    public sealed class RangeAttribute : Attribute
    {
        public RangeAttribute(float min, float max)
        {
        }
    }

    [AttributeUsage(AttributeTargets.Class)]
    public sealed class AddComponentMenu : Attribute
    {
        public AddComponentMenu(string menuName)
        {
        }
    }
}
