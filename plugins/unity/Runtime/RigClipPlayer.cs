using System;
using System.Collections.Generic;
using UnityEngine;

namespace Rigdriver
{
    /// <summary>
    /// Plays a clip file on a character's blend shapes, in step with its sound, without an Animator or an Animation
    /// Clip: one file for every character that speaks the line. It writes after animation, so that it wins over an idle
    /// face. Rotations of head and eyes are left to Animation Clips.
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

        [Range(0f, 1f)]
        [Tooltip("How much of the file is shown.")]
        public float strength = 1f;

        public bool playOnEnable = true;
        public bool loop;

        /// <summary>Called when a clip that does not loop has ended.</summary>
        public event Action Finished;

        public bool IsPlaying { get; private set; }

        /// <summary>Shapes of the clip that no mesh here has.</summary>
        public IList<string> Missing { get { return _missing; } }

        private sealed class Driven
        {
            public SkinnedMeshRenderer Mesh;
            public int Shape;
            public float Full;
            public float Before;
            public RigCurve Curve;
            public int Near;
        }

        private readonly List<Driven> _driven = new List<Driven>();
        private readonly List<string> _missing = new List<string>();
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

        /// <summary>Stops, and gives every shape the weight back that it had.</summary>
        public void Stop()
        {
            IsPlaying = false;
            foreach (Driven driven in _driven)
                if (driven.Mesh != null) driven.Mesh.SetBlendShapeWeight(driven.Shape, driven.Before);
            _driven.Clear();
        }

        /// <summary>Shows the face at a second of the clip, as for scrubbing.</summary>
        public void Show(float second)
        {
            foreach (Driven driven in _driven)
            {
                float weight = driven.Curve.Sample(second, ref driven.Near) * driven.Full;
                driven.Mesh.SetBlendShapeWeight(driven.Shape, Mathf.Lerp(driven.Before, weight, strength));
            }
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
            _missing.Clear();
            var driving = new HashSet<RigCurve>();
            IList<SkinnedMeshRenderer> targets = meshes.Length > 0 ? (IList<SkinnedMeshRenderer>)meshes
                : BlendShapes.Renderers(gameObject);
            foreach (SkinnedMeshRenderer mesh in targets)
            {
                RigCurve[] drivers = BlendShapes.Drivers(mesh.sharedMesh, _loaded, null);
                for (int shape = 0; shape < drivers.Length; shape++)
                {
                    if (drivers[shape] == null) continue;
                    driving.Add(drivers[shape]);
                    _driven.Add(new Driven
                    {
                        Mesh = mesh, Shape = shape, Curve = drivers[shape], Before = mesh.GetBlendShapeWeight(shape),
                        Full = BlendShapes.FullWeight(mesh.sharedMesh, shape),
                    });
                }
            }
            foreach (RigCurve curve in _loaded.Weights)
                if (!driving.Contains(curve)) _missing.Add(curve.Name);
        }
    }
}
