using System;
using System.Collections.Generic;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using UnityEngine;

namespace Rigdriver
{
    /// <summary>
    /// Moves a character's blend shapes by what `rigdriver live --to osc://this-machine:9000` (or `jsonlivelink://`)
    /// sends. The newest value of each curve wins; it is written after animation. When nothing comes any more the face
    /// eases back to what it was.
    /// </summary>
    [AddComponentMenu("rigdriver/Rig Live Receiver")]
    public sealed class RigLiveReceiver : MonoBehaviour
    {
        [Tooltip("UDP port that frames come to.")]
        public int port = 9000;

        [Tooltip("What OSC addresses begin with.")]
        public string prefix = "/rigdriver";

        [Tooltip("The meshes to move. Without any, all below this object.")]
        public SkinnedMeshRenderer[] meshes = new SkinnedMeshRenderer[0];

        [Range(0f, 1f)]
        [Tooltip("How much of what comes is shown.")]
        public float strength = 1f;

        [Tooltip("Seconds without a packet, after which the face eases to what it was.")]
        public float patience = 0.5f;

        /// <summary>Packets that were read, and those that were none.</summary>
        public int Received { get { return _received; } }
        public int Rejected { get { return _rejected; } }

        /// <summary>What was wrong with the last packet that was none, or why the port cannot be had.</summary>
        public string Trouble { get { return _trouble; } }

        /// <summary>Whether frames come now.</summary>
        public bool IsLive { get; private set; }

        /// <summary>Curves that no mesh here has a shape for. Angles of head and eyes are none of them.</summary>
        public IList<string> Missing { get { return _missing; } }

        private const float EaseSeconds = 0.4f;
        private const int Largest = 65536;
        private const int LookMilliseconds = 200; // how often the thread looks whether to end

        private sealed class Driven
        {
            public SkinnedMeshRenderer Mesh;
            public int Shape;
            public float Full;
            public float Before;
            public string Curve;
        }

        private readonly object _lock = new object();
        private readonly Dictionary<string, float> _newest = new Dictionary<string, float>();
        private readonly Dictionary<string, float> _shown = new Dictionary<string, float>();
        private readonly List<Driven> _driven = new List<Driven>();
        private readonly List<string> _missing = new List<string>();
        private volatile string _trouble = "";
        private volatile int _received;
        private volatile int _rejected;
        private Socket _socket;
        private Thread _thread;
        private int _bound, _taken;
        private double _heard = double.NegativeInfinity;
        private double _before;
        private float _presence; // 0 at rest, 1 while frames come

        private void OnEnable()
        {
            _trouble = "";
            _before = Time.timeAsDouble;
            _socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            try
            {
                _socket.ReceiveTimeout = LookMilliseconds;
                _socket.Bind(new IPEndPoint(IPAddress.Any, port));
            }
            catch (SocketException error)
            {
                _trouble = "port " + port + " cannot be had: " + error.Message;
                Debug.LogError(name + ": " + _trouble);
                _socket.Close();
                _socket = null;
                return;
            }
            _thread = new Thread(Receive) { IsBackground = true, Name = "rigdriver" };
            _thread.Start(_socket);
        }

        private void OnDisable()
        {
            Socket socket = _socket;
            _socket = null;
            if (socket != null) socket.Close();
            if (_thread != null) _thread.Join();
            _thread = null;
            Release();
        }

        private void LateUpdate()
        {
            Take();
            double now = Time.timeAsDouble;
            IsLive = now - _heard < patience;
            float step = (float)(now - _before) / EaseSeconds;
            _before = now;
            _presence = IsLive ? 1f : Mathf.Max(0f, _presence - step);
            if (_presence > 0f) Show(_presence * strength);
            else if (_driven.Count > 0) Release();
        }

        /// The newest values of all packets that came since the last frame.
        private void Take()
        {
            lock (_lock)
            {
                if (_taken == _received) return;
                _taken = _received;
                foreach (KeyValuePair<string, float> value in _newest) _shown[value.Key] = value.Value;
            }
            _heard = Time.timeAsDouble;
            if (_shown.Count != _bound || _driven.Count == 0) Bind();
        }

        private void Show(float share)
        {
            foreach (Driven driven in _driven)
                if (driven.Mesh != null)
                    driven.Mesh.SetBlendShapeWeight(driven.Shape,
                        Mathf.Lerp(driven.Before, _shown[driven.Curve] * driven.Full, share));
        }

        /// Gives every shape the weight back that it had.
        private void Release()
        {
            foreach (Driven driven in _driven)
                if (driven.Mesh != null) driven.Mesh.SetBlendShapeWeight(driven.Shape, driven.Before);
            _driven.Clear();
            IsLive = false;
        }

        private void Bind()
        {
            Release();
            _bound = _shown.Count;
            _missing.Clear();
            var found = new HashSet<string>();
            IList<SkinnedMeshRenderer> targets = meshes.Length > 0 ? (IList<SkinnedMeshRenderer>)meshes
                : BlendShapes.Renderers(gameObject);
            foreach (SkinnedMeshRenderer mesh in targets)
            {
                string[] curves = NameMatcher.Match(BlendShapes.Names(mesh.sharedMesh), _shown.Keys, null);
                for (int shape = 0; shape < curves.Length; shape++)
                {
                    if (curves[shape] == null) continue;
                    found.Add(curves[shape]);
                    _driven.Add(new Driven
                    {
                        Mesh = mesh, Shape = shape, Curve = curves[shape], Before = mesh.GetBlendShapeWeight(shape),
                        Full = BlendShapes.FullWeight(mesh.sharedMesh, shape),
                    });
                }
            }
            foreach (string curve in _shown.Keys)
                if (!found.Contains(curve) && !IsAngle(curve)) _missing.Add(curve);
        }

        private static bool IsAngle(string curve)
        {
            return curve.EndsWith("Yaw", StringComparison.Ordinal) || curve.EndsWith("Pitch", StringComparison.Ordinal)
                || curve.EndsWith("Roll", StringComparison.Ordinal);
        }

        /// Reads packets on a thread of its own until the socket is closed.
        private void Receive(object given)
        {
            var socket = (Socket)given;
            var buffer = new byte[Largest];
            var packets = new LivePackets(prefix);
            var values = new Dictionary<string, float>();
            while (ReferenceEquals(_socket, socket))
            {
                try
                {
                    int length = socket.Receive(buffer);
                    values.Clear();
                    packets.Read(buffer, length, values);
                    lock (_lock)
                    {
                        foreach (KeyValuePair<string, float> value in values) _newest[value.Key] = value.Value;
                        _received++;
                    }
                }
                catch (ClipFormatException error)
                {
                    _rejected++;
                    _trouble = error.Message;
                }
                catch (SocketException error)
                {
                    // ConnectionReset: Windows says so of what somebody else sent; the others end a wait
                    if (error.SocketErrorCode == SocketError.TimedOut || error.SocketErrorCode == SocketError.WouldBlock
                        || error.SocketErrorCode == SocketError.ConnectionReset) continue;
                    return;
                }
                catch (ObjectDisposedException)
                {
                    return;
                }
            }
        }
    }
}
