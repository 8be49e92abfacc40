"""Serve: two agents speak through one server, each with a rig of its own; one is interrupted, the other is not."""

import json
import subprocess
import sys
from pathlib import Path

import soundfile
from websockets.sync.client import ClientConnection, connect

samples, rate = soundfile.read(Path(__file__).with_name("hello.wav"), dtype="int16", frames=48000)


def begin(socket: ClientConnection, mouth: str, **wishes) -> int:
    """Says what is wanted, then a sentence, all of it at once: it is spoken at the pace of speech."""
    socket.send(json.dumps({"sound": f"s16le@{rate}", **wishes}))
    names = json.loads(socket.recv())["ready"]["names"]
    socket.send(samples.tobytes())
    return names.index(mouth)


def until(socket: ClientConnection, stops) -> list[dict]:
    """What comes, up to a message that stops it."""
    words = [json.loads(socket.recv())]
    while not stops(words[-1]):
        words.append(json.loads(socket.recv()))
    return words


command = [sys.executable, "-m", "rigdriver", "serve", "--port", "0"]  # 0: any that is free
with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as server:
    url = next(word for word in server.stderr.readline().split() if word.startswith("ws://"))
    with connect(url) as calm, connect(url) as happy:
        jaw, aa = begin(happy, "jawOpen", emotion={"joy": 0.7}), begin(calm, "aa", rig="vrm1", fps=30)
        calm.send('{"end": true}')
        spoken = until(happy, lambda word: word["said"] > 1)
        happy.send('{"flush": true}')  # somebody talks over it: it falls silent, and its face comes to rest
        rest = until(happy, lambda word: word["time"] > spoken[-1]["time"] + 1)
        happy.send('{"end": true}')
        until(happy, lambda word: "ended" in word)
        whole = until(calm, lambda word: "ended" in word)[:-1]
    server.terminate()

widest = [max(word["values"][mouth] for word in words) for words, mouth in ((spoken, jaw), (whole, aa))]
print(f"one was interrupted after {spoken[-1]['said']:.1f} s: jawOpen was up to {widest[0]:.2f}, "
      f"is {rest[-1]['values'][jaw]:.2f}")
print(f"the other said all {whole[-1]['said']:.1f} s: aa was up to {widest[1]:.2f}")
