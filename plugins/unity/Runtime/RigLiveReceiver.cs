using System;
using System.Collections.Generic;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using UnityEngine;

namespace Rigdriver
{
    /// <summary>
    /// Moves a character's blend shapes, head and eyes by what `rigdriver live --to osc://this-machine:9000` (or
    /// `jsonlivelink://`) sends. The newest frame wins; it is written after animation. When nothing comes any more the
    /// face eases back to what it was.
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

        [Tooltip("Turn head and eyes. Without, they are left to animation, as for eyes that look by blend shapes.")]
        public bool rotations = true;

        [Tooltip("The bone to turn with the head. Without one it is found by its name, or by a Humanoid avatar.")]
        public Transform head;

        [Tooltip("The left eye's bone, found likewise.")]
        public Transform leftEye;

        [Tooltip("The right eye's bone, found likewise.")]
        public Transform rightEye;

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

        /// <summary>Curves that no mesh here has a shape for, and no bone turns with.</summary>
        public IList<string> Missing { get { return _missing; } }

        private const float EaseSeconds = 0.4f;
        private const int Largest = 65536;
        private const int LookMilliseconds = 200; // how often the thread looks whether to end

        private readonly object _lock = new object();
        private readonly NewestFrame _newest = new NewestFrame();
        private readonly List<string> _names = new List<string>(); // what came, in the order of _values
        private List<string> _missing = new List<string>();
        private float[] _values = new float[0];
        private FaceBinding _face;
        private volatile string _trouble = "";
        private volatile int _received;
        private volatile int _rejected;
        private Socket _socket;
        private Thread _thread;
        private int _taken;
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
            IsLive = false;
        }

        private void LateUpdate()
        {
            Take();
            double now = Time.timeAsDouble;
            IsLive = now - _heard < patience;
            float step = (float)(now - _before) / EaseSeconds;
            _before = now;
            _presence = IsLive ? 1f : Mathf.Max(0f, _presence - step);
            if (_presence > 0f && _face != null) _face.Show(_values, _presence * strength);
            else Release();
        }

        /// The newest values of all packets that came since the last frame.
        private void Take()
        {
            bool more;
            lock (_lock)
            {
                if (_taken == _received || _newest.Values.Count == 0) return;
                _taken = _received;
                more = _newest.Values.Count != _names.Count; // curves only ever come to them
                if (more)
                {
                    _names.Clear();
                    _names.AddRange(_newest.Values.Keys);
                    _values = new float[_names.Count];
                }
                for (int k = 0; k < _values.Length; k++) _values[k] = _newest.Values[_names[k]];
            }
            _heard = Time.timeAsDouble;
            if (more || _face == null) Bind();
        }

        private void Bind()
        {
            Release();
            _face = new FaceBinding(gameObject, meshes, rotations ? new[] { head, leftEye, rightEye } : null, _names);
            _missing = _face.Missing;
        }

        /// Gives every shape and bone back what it had.
        private void Release()
        {
            if (_face != null) _face.Release();
            _face = null;
        }

        /// Reads packets on a thread of its own until the socket is closed.
        private void Receive(object given)
        {
            var socket = (Socket)given;
            var buffer = new byte[Largest];
            var packets = new LivePackets(prefix);
            var values = new Dictionary<string, float>();
            var since = System.Diagnostics.Stopwatch.StartNew();
            while (ReferenceEquals(_socket, socket))
            {
                try
                {
                    int length = socket.Receive(buffer);
                    values.Clear();
                    packets.Read(buffer, length, values);
                    lock (_lock)
                    {
                        if (since.Elapsed.TotalSeconds > patience) _newest.ForgetOrder();
                        if (!_newest.Take(packets.Frame, values)) continue;
                        _received++;
                    }
                    since.Restart();
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
