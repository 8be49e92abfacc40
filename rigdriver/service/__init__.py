"""Service: many voices drive many faces in one process, for agents and games. `rigdriver serve` starts it.

WebSocket `/v1/stream`, one voice each. Everything that is text is a JSON object, everything that is bytes is sound.

    → {"rig": "arkit", "fps": 60, "sound": "s16le@16000", "format": "json", "token": "…"}        within ten seconds
    ← {"ready": {"names": […], "rig": "arkit", "fps": "60", "latency_s": 0.1, "session": 7,
                 "version": "0.1.0"}}
    → sound, in portions of any size, as fast as it is there: it is spoken at the pace of speech
    ← {"frame": 12, "time": 0.2, "said": 0.15, "values": […]}                                    one for each frame
    → {"flush": true}                        what waits is not said any more, and the face comes to rest (barge-in)
    → {"direct": "joy .6 over .5; blink"}    directions without their times: now; {"emotion": {"joy": 0.6}} likewise
    → {"end": true}                          no more sound comes
    ← {"ended": {"frames": 480, "dropped": 0}}                                                   then the socket closes

The first message may say, all optional: `rig` (a name), `fps`, `sound` (KIND@RATE, KIND@RATExCHANNELS, of s16le, s24le,
s32le, f32le and u8, or "wav" for a header of its own), `format` ("json", or "float32": bytes of int64 frame number,
float64 time, float64 said, then float32 values, little-endian), `performance` (a parameter file as an object), `set`
({"blink.spread": 0.3}), `emotion`, `direct` (directions with times), `style`, `lookahead` (ms), `seed`, `token`.
`values` are in the order of `names`: weights, mostly 0..1, and angles in radians. `latency_s` is from a sound to the
frame that shows it: the lookahead, and what `--hop` costs.
`time` is the frame's own, in seconds from the stream's first; `said` is how much of the sound had been spoken by then,
flushed sound included: play that moment of it as the frame is shown. Frames leave on the ticks of one clock, sixty a
second. Who reads too slowly gets the newest frames; `dropped` counts the others.
A direction or an emotion that cannot be followed is told, {"warning": "one line"}, and the stream goes on. Any other
trouble is {"error": "one line"}, then the socket closes with 1008; with 1013 where all places are taken, with 1009 (and
no words) after a message of more than 1 MiB. Up to 300 s of sound may wait, and 300 s may pass without a message
(`rigdriver serve --help`: --message-bytes, --waiting-s, --idle-s). A server that stops says {"stopping": seconds}, and
{"error": …} with 1012 to those who are not done by then.

HTTP: POST `/v1/drive?format=csv&rig=arkit&fps=60` with a recording as the body gives the clip as any format of
`rigdriver.formats`; `style`, `seed`, `lookahead`, `direct`, `personality`, `emotion` and `set` are as the command has
them. Trouble is {"error": "one line"}: 400 for what cannot be, 401 without the token, 413 for too much,
503 where there is no room (with Retry-After). GET `/health` says whether there is; GET `/metrics` counts (Prometheus
text).

With a token, requests carry `Authorization: Bearer TOKEN`, or the first message names it. Without one the service is on
the loopback, and answers no page of another origin.

gRPC, with `--audio2face`: clients of NVIDIA's Audio2Face-3D (`rigdriver.service.audio2face`).
"""
