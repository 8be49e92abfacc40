"""A microphone that nobody holds: a PulseAudio server of its own whose null sink is heard as an input device."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path
from types import TracebackType

READY_S = 10
DEVICE = "pulse"  # what PortAudio, by ALSA's plugin, calls it
ALSA = "".join(f"{kind}.{name} {{ type pulse }}\n" for kind in ("pcm", "ctl") for name in (DEVICE, "!default"))


class VirtualMicrophone:
    """`env` is for programs that are to hear it or to play into it. folder: for its sockets and settings."""

    def __init__(self, folder: Path, rate: int = 48000):
        folder.chmod(0o700)
        (folder / ".asoundrc").write_text(ALSA)
        socket = folder / "native"
        socket.unlink(missing_ok=True)
        self.env = {**os.environ, "HOME": str(folder), "XDG_RUNTIME_DIR": str(folder),
                    "PULSE_RUNTIME_PATH": str(folder), "PULSE_STATE_PATH": str(folder),
                    "PULSE_SERVER": f"unix:{socket}"}
        self._server = subprocess.Popen(
            ["pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no", "--log-level=error",
             f"--load=module-native-protocol-unix socket={socket} auth-anonymous=1",
             f"--load=module-null-sink sink_name=voice rate={rate} channels=1",
             "--load=module-remap-source master=voice.monitor source_name=microphone"],
            env=self.env, stderr=subprocess.DEVNULL)
        until = time.monotonic() + READY_S
        while not socket.exists():
            if time.monotonic() > until or self._server.poll() is not None:
                self.close()
                raise RuntimeError("pulseaudio does not start")
            time.sleep(0.02)

    def play(self, rate: int) -> subprocess.Popen[bytes]:
        """A program that plays what is written to its stdin: mono, 16 bits, at `rate`."""
        return subprocess.Popen(["pacat", "--playback", "-d", "voice", "--raw", "--format=s16le", f"--rate={rate}",
                                 "--channels=1", "--latency-msec=10"], env=self.env, stdin=subprocess.PIPE)

    def hear(self, rate: int) -> subprocess.Popen[bytes]:
        """A program that prints what the microphone hears, in the same form: another listener beside ours."""
        return subprocess.Popen(["parec", "-d", "microphone", "--raw", "--format=s16le", f"--rate={rate}",
                                 "--channels=1", "--latency-msec=5"], env=self.env, stdout=subprocess.PIPE)

    def close(self) -> None:
        self._server.terminate()
        self._server.wait(READY_S)

    def __enter__(self) -> VirtualMicrophone:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self.close()
