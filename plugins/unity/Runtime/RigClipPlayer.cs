using System;
using System.Collections.Generic;
using UnityEngine;

namespace Rigdriver
{
    /// <summary>
    /// Plays a clip file on a character's blend shapes, head and eyes, in step with its sound, without an Animator or an
    /// Animation Clip: one file for every character that speaks the line. It writes after animation, so that it wins
    /// over an idle face; head and eyes turn on top of what animation does with them.
    /// </summary>
    [AddComponentMenu("rigdriver/Rig Clip Player")]
    public sealed class RigClipPlayer : MonoBehaviour
    {
        [Tooltip("A .json or .csv file of rigdriver, or a Live Link Face recording.")]
        public TextAsset clip;

        [Tooltip("The sound to stay in step with. Without one the game's clock counts.")]
        public AudioSource sound;

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
        [Tooltip("How much of the file is shown.")]
        public float strength = 1f;

        public bool playOnEnable = true;
        public bool loop;

        /// <summary>Called when a clip that does not loop has ended.</summary>
        public event Action Finished;

        public bool IsPlaying { get; private set; }

        /// <summary>Curves of the clip that no mesh here has a shape for, and no bone turns with.</summary>
        public IList<string> Missing { get { return _missing; } }

        private readonly List<RigCurve> _curves = new List<RigCurve>();
        private List<string> _missing = new List<string>();
        private float[] _values = new float[0];
        private int[] _near = new int[0];
        private FaceBinding _face;
        private RigClip _loaded;
        private double _started;

        private void OnEnable()
        {
            if (playOnEnable && clip != null) Play();
        }

        private void OnDisable()
        {
            Stop();
        }

        private void LateUpdate()
        {
            if (IsPlaying) Step();
        }

        /// <summary>Reads the file again and starts it; the sound starts with it unless it plays already.</summary>
        public void Play()
        {
            if (clip == null) throw new InvalidOperationException(name + ": no clip to play");
            Play(ClipReader.Read(clip.text));
        }

        /// <summary>Starts a clip that was read already, as for lines that are said often.</summary>
        public void Play(RigClip loaded)
        {
            Stop();
            _loaded = loaded;
            Bind();
            if (sound != null && sound.clip != null && !sound.isPlaying) sound.Play();
            _started = Time.timeAsDouble;
            IsPlaying = true;
            Step();
        }

        /// <summary>Stops, and gives every shape and bone back what it had.</summary>
        public void Stop()
        {
            IsPlaying = false;
            if (_face != null) _face.Release();
            _face = null;
        }

        /// <summary>Shows the face at a second of the clip, as for scrubbing.</summary>
        public void Show(float second)
        {
            if (_face == null) return;
            for (int k = 0; k < _values.Length; k++) _values[k] = _curves[k].Sample(second, ref _near[k]);
            _face.Show(_values, strength);
        }

        private void Step()
        {
            bool over;
            float second = Second(out over);
            if (over && loop)
            {
                _started = Time.timeAsDouble;
                if (sound != null && sound.clip != null) sound.Play();
                second = -_loaded.Offset;
                over = false;
            }
            Show(second);
            if (!over) return;
            Stop();
            if (Finished != null) Finished();
        }

        /// The sound's own position while it plays, since its clock is not the game's; a clip may outlast its sound.
        private float Second(out bool over)
        {
            bool audible = sound != null && sound.clip != null && sound.isPlaying;
            double second = Time.timeAsDouble - _started;
            if (audible)
            {
                second = (double)sound.timeSamples / sound.clip.frequency;
                _started = Time.timeAsDouble - second;
            }
            second -= _loaded.Offset;
            over = !audible && second > _loaded.Duration;
            return (float)second;
        }

        private void Bind()
        {
            _curves.Clear();
            _curves.AddRange(_loaded.Weights);
            _curves.AddRange(_loaded.Angles);
            _values = new float[_curves.Count];
            _near = new int[_curves.Count];
            _face = new FaceBinding(gameObject, meshes, rotations ? new[] { head, leftEye, rightEye } : null,
                _curves.ConvertAll(curve => curve.Name));
            _missing = _face.Missing;
        }
    }
}
