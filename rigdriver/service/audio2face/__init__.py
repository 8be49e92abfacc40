"""Audio2Face: clients of NVIDIA's Audio2Face-3D microservice get their faces from here. `serve --audio2face` starts it.

gRPC, the call A2FControllerService.ProcessAudioStream, port 52000 as there; and grpc.health.v1.Health/Check.

    → audio_stream_header    16-bit mono PCM at 8 to 192 kHz, and how the face is wanted
    ← header                 names of the 52 ARKit blendshapes as Audio2Face spells them, the sound's format, the time
    → audio_with_emotion     sound in portions of any size, emotions with the seconds from which they hold
    ← animation_data         a frame, thirty a second of sound: weights, the sound from it to the next, the emotions
    → end_of_audio           (a client that closes its side says the same)
    ← event, status          all sound has been heard; all frames were sent: SUCCESS

Frames come as fast as the sound does, not at the pace of speech: a face for a minute of sound is there in seconds.
Whoever wants them at their moments, dropped frames and barge-in takes the WebSocket (`rigdriver.service`).

The header means what a stylization file means (`rigdriver.stylization`): strengths, smoothings and offsets of the face,
multipliers and offsets of blendshapes, emotion_strength, live_transition_time, emotions at times. What has no
counterpart is left out, and named in the initial metadata `rigdriver-ignored`. Eyes look, lids blink and brows move
by themselves here, which Audio2Face leaves to others; a multiplier of 0 switches a channel off, but for eyeLook.

Trouble is a status ERROR and the call's own code with the same line: INVALID_ARGUMENT for what cannot be read or is out
of its range, UNAUTHENTICATED without the token (metadata `authorization: Bearer TOKEN`), RESOURCE_EXHAUSTED where the
service is full or a client reads too slowly, DEADLINE_EXCEEDED after silence on the line, UNAVAILABLE when it stops.
"""
