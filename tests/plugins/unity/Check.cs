// Runs parts of the package without Unity and prints what they made as JSON, for tests in Python to look at.
using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Text;
using Rigdriver;
using Rigdriver.Editing;
using UnityEditor;
using UnityEngine;

public static class Check
{
    public static int Main(string[] arguments)
    {
        Console.OutputEncoding = new UTF8Encoding(false);
        var commands = new Dictionary<string, Action<string[]>>
        {
            { "parse", Parse }, { "match", Match }, { "make", Make }, { "folder", Folder }, { "batch", RunBatch },
            { "play", Play }, { "packets", Packets }, { "newest", Newest }, { "live", Live },
        };
        var rest = new string[arguments.Length - 1];
        Array.Copy(arguments, 1, rest, 0, rest.Length);
        commands[arguments[0]](rest);
        return 0;
    }

    // ---- commands

    private static void Parse(string[] files)
    {
        foreach (string file in files)
        {
            try
            {
                RigClip clip = ClipReader.Read(File.ReadAllText(file));
                Print(new Dictionary<string, object>
                {
                    { "fps", clip.FrameRate }, { "duration", (double)clip.Duration }, { "offset", (double)clip.Offset },
                    { "weights", Curves(clip.Weights) }, { "angles", Curves(clip.Angles) },
                });
            }
            catch (ClipFormatException error)
            {
                Print(new Dictionary<string, object> { { "error", error.Message } });
            }
        }
    }

    private static Dictionary<string, object> Curves(List<RigCurve> curves)
    {
        var found = new Dictionary<string, object>();
        foreach (RigCurve curve in curves) found.Add(curve.Name, new List<object> { curve.Times, curve.Values });
        return found;
    }

    /// Each line of the file is {"targets": [], "channels": []}.
    private static void Match(string[] arguments)
    {
        foreach (string line in File.ReadAllLines(arguments[0]))
        {
            var given = (Dictionary<string, object>)JsonReader.Read(line);
            var ambiguous = new List<string>();
            string[] channels = NameMatcher.Match(Strings(given["targets"]), Strings(given["channels"]), ambiguous);
            Print(new Dictionary<string, object> { { "channels", channels }, { "ambiguous", ambiguous.ToArray() } });
        }
    }

    /// make FILE SCENE OPTIONS
    private static void Make(string[] arguments)
    {
        var report = new MakeReport(arguments[0]);
        var clip = new AnimationClip();
        ClipMaker.Fill(clip, ClipReader.Read(File.ReadAllText(arguments[0])), Scene(arguments[1]), Options(arguments[2]), report);
        Print(Told(clip, report));
    }

    /// folder FOLDER SCENE OUTPUT replace|keep CANCEL_AFTER, twice where CANCEL_AFTER is followed by "again"
    private static void Folder(string[] arguments)
    {
        EditorUtility.CancelAfter = int.Parse(arguments[4]);
        GameObject hero = Scene(arguments[1]);
        for (int round = 0; round < arguments.Length - 4; round++)
        {
            List<MakeReport> reports = ClipFiles.Make(ClipFiles.In(arguments[0], true), hero, arguments[2],
                arguments[3] == "replace", new MakeOptions());
            var told = new List<object>();
            foreach (MakeReport report in reports)
                told.Add(Told(AssetDatabase.LoadAssetAtPath<AnimationClip>(report.Asset), report));
            Print(new Dictionary<string, object>
            {
                { "reports", told }, { "assets", new List<string>(AssetDatabase.Assets.Keys).ToArray() },
                { "dirty", (double)EditorUtility.Dirty.Count }, { "bar", EditorUtility.Open },
            });
        }
    }

    /// batch SCENE …, the rest as Unity would be given it
    private static void RunBatch(string[] arguments)
    {
        AssetDatabase.Assets["Assets/Hero.prefab"] = Scene(arguments[0]);
        AppDomain.CurrentDomain.ProcessExit += (sender, end) => Console.WriteLine(string.Join("\n", Debug.Lines.ToArray()));
        Batch.MakeClips();
    }

    /// play FILE SCENE FREQUENCY STEPS: "seconds of the game:samples of the sound, or - where it is silent" …; behind a
    /// further colon what an Animator makes of the bone Head then, x,y,z,w. The last line is after disabling it.
    private static void Play(string[] arguments)
    {
        GameObject hero = Scene(arguments[1]);
        var player = hero.AddComponent<RigClipPlayer>();
        player.clip = new TextAsset(File.ReadAllText(arguments[0]));
        int frequency = int.Parse(arguments[2]);
        if (frequency > 0)
        {
            player.sound = hero.AddComponent<AudioSource>();
            player.sound.clip = new AudioClip { frequency = frequency };
        }
        int finished = 0;
        player.Finished += () => finished++;
        Call(player, "OnEnable");
        for (int k = 3; k < arguments.Length; k++)
        {
            string[] step = arguments[k].Split(':');
            Time.timeAsDouble = double.Parse(step[0], CultureInfo.InvariantCulture);
            if (player.sound != null)
            {
                player.sound.isPlaying = step[1] != "-";
                if (player.sound.isPlaying) player.sound.timeSamples = int.Parse(step[1]);
            }
            if (step.Length > 2) Bones(hero)["Head"].localRotation = Rotation(Array.ConvertAll(step[2].Split(','),
                number => double.Parse(number, CultureInfo.InvariantCulture)));
            Call(player, "LateUpdate");
            Print(new Dictionary<string, object>
            {
                { "weights", Weights(hero) }, { "playing", player.IsPlaying }, { "finished", (double)finished },
                { "missing", new List<string>(player.Missing).ToArray() }, { "turns", Turns(hero) },
            });
        }
        Call(player, "OnDisable");
        Print(new Dictionary<string, object> { { "weights", Weights(hero) }, { "turns", Turns(hero) } });
    }

    /// packets FILE: each line a datagram in hex, all read by one reader
    private static void Packets(string[] arguments)
    {
        var reader = new LivePackets("/rigdriver");
        foreach (string line in File.ReadAllLines(arguments[0]))
        {
            byte[] data = Bytes(line);
            var values = new Dictionary<string, float>();
            var told = new Dictionary<string, object>();
            try
            {
                reader.Read(data, data.Length, values);
                foreach (KeyValuePair<string, float> pair in values) told[pair.Key] = (double)pair.Value;
                Print(told);
            }
            catch (ClipFormatException error)
            {
                Print(error.Message);
            }
        }
    }

    /// newest FILE: each line a datagram in hex, and what is shown after it
    private static void Newest(string[] arguments)
    {
        var reader = new LivePackets("/rigdriver");
        var newest = new NewestFrame();
        foreach (string line in File.ReadAllLines(arguments[0]))
        {
            var values = new Dictionary<string, float>();
            byte[] data = Bytes(line);
            reader.Read(data, data.Length, values);
            newest.Take(reader.Frame, values);
            var told = new Dictionary<string, object>();
            foreach (KeyValuePair<string, float> pair in newest.Values) told[pair.Key] = (double)pair.Value;
            Print(told);
        }
    }

    private static byte[] Bytes(string hex)
    {
        var data = new byte[hex.Length / 2];
        for (int k = 0; k < data.Length; k++) data[k] = Convert.ToByte(hex.Substring(2 * k, 2), 16);
        return data;
    }

    /// live SCENE PORT COUNT: until so many packets came and then until the face is at rest again; ten seconds at most
    private static void Live(string[] arguments)
    {
        GameObject hero = Scene(arguments[0]);
        var receiver = hero.AddComponent<RigLiveReceiver>();
        receiver.port = int.Parse(arguments[1]);
        var clock = System.Diagnostics.Stopwatch.StartNew();
        Call(receiver, "OnEnable");
        bool rested = false, full = false;
        while (clock.Elapsed.TotalSeconds < 10 && !rested)
        {
            Time.timeAsDouble = clock.Elapsed.TotalSeconds;
            Call(receiver, "LateUpdate");
            if (!full && receiver.Received >= int.Parse(arguments[2]))
            {
                full = true;
                Call(receiver, "LateUpdate");
                Print(Now(hero, receiver));
            }
            rested = full && !receiver.IsLive && (float)Weights(hero).Values.Cast<double>().Sum() == 0;
            System.Threading.Thread.Sleep(5);
        }
        Print(Now(hero, receiver));
        Call(receiver, "OnDisable");
        foreach (string line in Debug.Lines) Print(line);
    }

    private static Dictionary<string, object> Now(GameObject hero, RigLiveReceiver receiver)
    {
        return new Dictionary<string, object>
        {
            { "weights", Weights(hero) }, { "turns", Turns(hero) }, { "live", receiver.IsLive }, { "received", (double)receiver.Received },
            { "rejected", (double)receiver.Rejected }, { "trouble", receiver.Trouble },
            { "missing", new List<string>(receiver.Missing).ToArray() },
        };
    }

    private static void Call(object on, string method)
    {
        on.GetType().GetMethod(method, BindingFlags.NonPublic | BindingFlags.Instance).Invoke(on, null);
    }

    private static Dictionary<string, object> Weights(GameObject hero)
    {
        var found = new Dictionary<string, object>();
        foreach (SkinnedMeshRenderer renderer in hero.GetComponentsInChildren<SkinnedMeshRenderer>(true))
            for (int k = 0; k < renderer.sharedMesh.blendShapeCount; k++)
                found[renderer.name + "." + renderer.sharedMesh.GetBlendShapeName(k)] = (double)renderer.GetBlendShapeWeight(k);
        return found;
    }

    /// Every object that is no mesh by its name without a tool's words: mixamorig:Head as Head.
    private static Dictionary<string, Transform> Bones(GameObject hero)
    {
        var found = new Dictionary<string, Transform>();
        foreach (Transform each in hero.GetComponentsInChildren<Transform>(true))
            if (each.GetComponent<SkinnedMeshRenderer>() == null) found[each.name.Substring(each.name.LastIndexOf(':') + 1)] = each;
        return found;
    }

    private static Dictionary<string, object> Turns(GameObject hero)
    {
        var found = new Dictionary<string, object>();
        foreach (KeyValuePair<string, Transform> bone in Bones(hero))
        {
            Quaternion turned = bone.Value.localRotation;
            found[bone.Key] = new[] { turned.x, turned.y, turned.z, turned.w };
        }
        return found;
    }

    private static Quaternion Rotation(double[] r)
    {
        return new Quaternion((float)r[0], (float)r[1], (float)r[2], (float)r[3]);
    }

    // ---- what goes in

    private static GameObject Scene(string file)
    {
        return Built((Dictionary<string, object>)JsonReader.Read(File.ReadAllText(file)));
    }

    /// {"name", "rotation": [x, y, z, w], "shapes": [["jawOpen", 100]], "human": true, "humanBones": {"Head": name},
    /// "children": []}
    private static GameObject Built(Dictionary<string, object> given)
    {
        var made = new GameObject((string)given["name"]);
        if (given.ContainsKey("rotation"))
            made.transform.localRotation = Rotation((double[])given["rotation"]);
        if (given.ContainsKey("human")) made.AddComponent<Animator>().isHuman = (bool)given["human"];
        if (given.ContainsKey("shapes")) made.AddComponent<SkinnedMeshRenderer>().sharedMesh = Shaped(given["shapes"]);
        if (!given.ContainsKey("children")) return made;
        foreach (object child in (List<object>)given["children"])
            Built((Dictionary<string, object>)child).transform.SetParent(made.transform);
        if (given.ContainsKey("humanBones"))
            foreach (KeyValuePair<string, object> bone in (Dictionary<string, object>)given["humanBones"])
                made.GetComponent<Animator>().Bones[(HumanBodyBones)Enum.Parse(typeof(HumanBodyBones), bone.Key)] =
                    Bones(made)[(string)bone.Value];
        return made;
    }

    private static Mesh Shaped(object given)
    {
        var mesh = new Mesh();
        foreach (object item in (List<object>)given)
        {
            var shape = (List<object>)item;
            var frames = new List<float>();
            for (int k = 1; k < shape.Count; k++) frames.Add((float)(double)shape[k]);
            mesh.AddShape((string)shape[0], frames.ToArray());
        }
        return mesh;
    }

    private static MakeOptions Options(string json)
    {
        var options = new MakeOptions();
        foreach (KeyValuePair<string, object> pair in (Dictionary<string, object>)JsonReader.Read(json))
        {
            FieldInfo field = typeof(MakeOptions).GetField(pair.Key);
            object value = pair.Value is double ? (float)(double)pair.Value : pair.Value;
            field.SetValue(options, field.FieldType.IsEnum ? Enum.Parse(field.FieldType, (string)value) : value);
        }
        return options;
    }

    private static string[] Strings(object list)
    {
        var items = list as List<object>;
        return items == null ? new string[0] : items.ConvertAll(item => (string)item).ToArray();
    }

    // ---- what comes out

    private static Dictionary<string, object> Told(AnimationClip clip, MakeReport report)
    {
        var told = new Dictionary<string, object>
        {
            { "error", report.Error }, { "asset", report.Asset }, { "skipped", report.Skipped },
            { "missing", report.Missing.ToArray() }, { "ambiguous", report.Ambiguous.ToArray() },
            { "notes", report.Notes.ToArray() }, { "keys", (double)report.Keys }, { "meshes", (double)report.Meshes },
            { "file", report.File }, { "lines", report.Lines().ToArray() }, { "writes", (double)AnimationUtility.Writes },
        };
        if (clip == null) return told;
        var curves = new Dictionary<string, object>();
        foreach (KeyValuePair<string, AnimationCurve> pair in clip.Curves) curves[pair.Key] = Keys(pair.Value);
        var modes = new HashSet<string>();
        foreach (AnimationCurve curve in clip.Curves.Values) modes.Add(AnimationUtility.Modes[curve].ToString());
        told["curves"] = curves;
        told["modes"] = new List<string>(modes).ToArray();
        told["frameRate"] = (double)clip.frameRate;
        told["legacy"] = clip.legacy;
        told["loop"] = AnimationUtility.GetAnimationClipSettings(clip).loopTime;
        return told;
    }

    private static List<object> Keys(AnimationCurve curve)
    {
        var keys = new List<object>();
        foreach (Keyframe key in curve.keys) keys.Add(new[] { key.time, key.value, key.inTangent, key.outTangent });
        return keys;
    }

    private static void Print(object value)
    {
        var text = new StringBuilder();
        Write(value, text);
        Console.WriteLine(text);
    }

    private static void Write(object value, StringBuilder text)
    {
        if (value == null) text.Append("null");
        else if (value is bool) text.Append((bool)value ? "true" : "false");
        else if (value is string) WriteString((string)value, text);
        else if (value is double) text.Append(((double)value).ToString("R", CultureInfo.InvariantCulture));
        else if (value is float) text.Append(((float)value).ToString("R", CultureInfo.InvariantCulture));
        else if (value is Dictionary<string, object>) WriteObject((Dictionary<string, object>)value, text);
        else WriteList((System.Collections.IEnumerable)value, text);
    }

    private static void WriteString(string value, StringBuilder text)
    {
        text.Append('"');
        foreach (char letter in value)
            if (letter < ' ' || letter == '"' || letter == '\\' || letter > '~') text.Append("\\u" + ((int)letter).ToString("x4"));
            else text.Append(letter);
        text.Append('"');
    }

    private static void WriteObject(Dictionary<string, object> value, StringBuilder text)
    {
        string comma = "{";
        foreach (KeyValuePair<string, object> pair in value)
        {
            text.Append(comma);
            WriteString(pair.Key, text);
            text.Append(':');
            Write(pair.Value, text);
            comma = ",";
        }
        text.Append(value.Count == 0 ? "{}" : "}");
    }

    private static void WriteList(System.Collections.IEnumerable value, StringBuilder text)
    {
        string comma = "";
        text.Append('[');
        foreach (object item in value)
        {
            text.Append(comma);
            Write(item, text);
            comma = ",";
        }
        text.Append(']');
    }
}
