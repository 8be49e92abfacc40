"""`rigdriver live`: a voice drives a face, now."""

from __future__ import annotations

import gc
import signal
import sys
import time
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import click

from rigdriver import choose
from rigdriver import performance as performances
from rigdriver import rig as rigs
from rigdriver.errors import SettingsError

if TYPE_CHECKING:
    from rigdriver.live.control import Control
    from rigdriver.live.show import Show

TOLD_EVERY_S = 1.0  # with --monitor


@click.command("live")
@click.option("--from", "source", default="mic", show_default=True,
              help="mic, mic:NAME, a recording, - (standard input), tcp://HOST:PORT, or cmd:COMMAND. With ?live=yes "
                   "behind it a tcp:// source is no synthesiser but a microphone, say: it catches up after a stall.")
@click.option("--to", "addresses", multiple=True, metavar="ADDRESS",
              help="Where frames go, as livelink://127.0.0.1:11111; again for several. `--outputs` lists them.")
@click.option("--rig", help="Rig of the curves, for every output; default: what each output wants.")
@click.option("--fps", default="60", show_default=True, help="Frames a second.")
@click.option("--lookahead", help="Milliseconds of sound heard ahead of each frame; default: 80.")
@click.option("--pcm", help="What sound without a WAV header is: KIND@RATE or KIND@RATExCHANNELS, as f32le@48000x2, "
              "of s16le, s24le, s32le, f32le and u8; default: s16le@16000.")
@click.option("--play", is_flag=False, flag_value="", help="Play the sound as late as its face; a device may be named.")
@click.option("--performance", type=click.Path(), help="Parameter file; `rigdriver performance` prints one.")
@click.option("--personality", help="How much is shown: reserved, natural, lively or theatrical.")
@click.option("--emotion", multiple=True, metavar="NAME=WEIGHT", help="Shown throughout, as in joy=.6,fear=.2.")
@click.option("--set", "sets", multiple=True, metavar="SECTION.KEY=VALUE", help="Any key of the parameter file.")
@click.option("--style", help="One of the model's learned faces; default: natural.")
@click.option("--model", type=click.Path(), help="Another trained model (.onnx).")
@click.option("--seed", type=int, help="Of blinks, gaze and head; default: the performance's.")
@click.option("--seconds", type=float, help="End after so long; default: when the sound is over, or at Ctrl-C.")
@click.option("--control", metavar="ADDRESS", help="Hear orders: lines on standard input (-), or OSC "
              "(osc://127.0.0.1:9100). `flush` (/rigdriver/flush) stops speech at once and eases the face to rest, "
              "`emotion joy=.5` (/rigdriver/emotion joy 0.5) shows a mood from now on, any other line is a "
              "direction, as `look left` (/rigdriver/direct \"look left\"). SIGUSR1, where there is one, flushes, too.")
@click.option("--monitor", is_flag=True, help="Each second: levels, latency in its parts, packets, troubles.")
@click.option("--devices", is_flag=True, help="List microphones, and end.")
@click.option("--outputs", "list_outputs", is_flag=True, help="List kinds of outputs, and end.")
def command(source: str, addresses: tuple[str, ...], rig: str | None, pcm: str | None, play: str | None,
            seconds: float | None, control: str | None, monitor: bool, devices: bool, list_outputs: bool,
            performance: str | None, personality: str | None, emotion: tuple[str, ...], sets: tuple[str, ...],
            **choices: Any) -> int:
    """Drive a face from a voice as it is spoken."""
    if devices or list_outputs:
        return _listed(devices, list_outputs)
    from rigdriver.live.control import Control
    from rigdriver.live.pcm import Pcm
    from rigdriver.live.performer import latency_s
    from rigdriver.live.playback import Playback
    from rigdriver.live.show import Place, Show
    from rigdriver.live.sources import STANDARD, open_source
    from rigdriver.model.runtime import engine_for_one
    if control == source == STANDARD:
        raise SettingsError("standard input is the sound; control the show by --control osc://127.0.0.1:9100")
    if not addresses:
        raise SettingsError("live needs an output: --to livelink://127.0.0.1:11111, say, or --to print:")
    told = performances.changed(performances.load(performance, personality), choose.overrides(emotion, sets),
                                "the command line")
    way = choose.way(told, engine=engine_for_one(choices["model"]), **choices)
    places = [Place(address, rigs.load(rig) if rig else None) for address in addresses]
    heard = open_source(source, Pcm.parse(pcm) if pcm else None)
    playback = None if play is None else Playback(way.model.settings.frontend.rate, latency_s(way), play)
    with (Show(way, heard, places, _say, playback=playback) as show, playback or nullcontext(),
          Control(control, _say) if control is not None else nullcontext() as hands):
        _say(f"{source} → {', '.join(addresses)}; {1000 * show.performer.latency_s:.0f} ms behind the voice")
        for output in show.outputs:
            if output.url:
                _say(f"to look at it: {output.url}")
        _run(show, seconds, monitor, hands)
    pulse = show.loop.pulse
    _say(f"{pulse.frames} frames, {pulse.dropped} dropped")
    return 0


def _run(show: Show, seconds: float | None, monitor: bool, control: Control | None) -> None:
    """Until the sound is over, so many seconds have passed, or somebody stops us; both signals end a show well."""
    from rigdriver.live.monitor import Monitor
    told, watch, began = time.monotonic(), Monitor(show), time.monotonic()
    is_cut_short = False

    def cut_short(*_: object) -> None:
        nonlocal is_cut_short
        is_cut_short = True  # the loop may be in the middle of a step now

    def going() -> bool:
        nonlocal told, is_cut_short
        now = time.monotonic()
        if is_cut_short:
            is_cut_short = False
            show.intake.clear()
        if control:
            control.obey(show.performer)
        if monitor and now - told >= TOLD_EVERY_S:
            click.echo("\n".join(watch.lines(now - told)), err=True)
            told = now
        return seconds is None or now - began < seconds

    if hasattr(signal, "SIGUSR1"):  # barge-in, for programs that started us
        signal.signal(signal.SIGUSR1, cut_short)
    gc.collect()
    gc.freeze()  # what a show is made of stays: looking through it again and again is felt in its frames
    try:
        show.run(going)
    except KeyboardInterrupt:
        _say("stopped")


def _listed(devices: bool, list_outputs: bool) -> int:
    if devices:
        from rigdriver.live.sources.microphone import devices as microphones
        for name, channels, rate in microphones():
            click.echo(f"{name}  ({channels} channels, {rate:g} Hz)")
    if list_outputs:
        from rigdriver import outputs
        for row in outputs.rows():
            click.echo(f"{row.name + ':':14} {row.summary}{f' (port {row.port})' if row.port else ''}")
    return 0


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
