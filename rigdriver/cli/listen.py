"""`rigdriver listen`: what a sender sends, ours or any other's."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rigdriver import choose, formats, outputs
from rigdriver import rig as rigs

if TYPE_CHECKING:
    from rigdriver.live.listening import Traffic
    from rigdriver.live.taking import Taking
    from rigdriver.outputs import Listener

TOLD_EVERY_S = 1.0
MOST_SENDERS = 32  # told apart; of more the packets are counted alone
NOTHING_CAME = 1  # exit code


@click.command("listen")
@click.argument("address")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Record the first sender (.csv, .npz and so on).")
@click.option("--subject", help="Record this subject.")
@click.option("--fps", help="Of the recording; default: what the sender says, else 60.")
@click.option("--expect", metavar="RIG", help="Tell what is missing against a rig, as in --expect arkit.")
@click.option("--seconds", type=float, help="End after so long; default: at Ctrl-C.")
@click.option("--json", "as_json", is_flag=True, help="Nothing meanwhile, and the summary as JSON.")
def command(address: str, output: Path | None, subject: str | None, fps: str | None, expect: str | None,
            seconds: float | None, as_json: bool) -> int:
    """Show what is sent to ADDRESS, as livelink://:11111 (all networks), osc://127.0.0.1:9000 or ifacialmocap://PHONE.

    Ends with 1 where nothing came.
    """
    from rigdriver.live.taking import Taking
    rig, rate = rigs.load(expect) if expect else None, choose.frame_rate(fps) if fps else None
    if output:
        formats.check(output)
    taking = Taking(subject)
    with outputs.open_listener(address) as listener:
        if not as_json:
            click.echo(f"listening at port {listener.port}; Ctrl-C ends", err=True)
        senders = _hear(listener, taking, seconds, quiet=as_json)
        heard = listener.heard
    if output:
        formats.write(taking.clip(rate), output)
    missing = _missing(senders, rig)
    if as_json:
        click.echo(json.dumps({"address": address, "port": listener.port, "rejected": heard.rejected,
                               "last_rejection": heard.last_rejection, "bytes": heard.bytes,
                               "senders": [traffic.summary() for traffic in senders], **missing}))
    else:
        _tell(senders, listener, missing, output, taking)
    return 0 if senders else NOTHING_CAME


def _hear(listener: Listener, taking: Taking, seconds: float | None, quiet: bool) -> list[Traffic]:
    """Until time is up or somebody stops us; a line a second for each sender."""
    from rigdriver.live.listening import Traffic
    senders: dict[tuple[str, str], Traffic] = {}
    began = told = time.monotonic()
    try:
        while seconds is None or time.monotonic() - began < seconds:
            packet, now = listener.receive(0.1), time.monotonic()
            if packet:
                key = packet.sender, packet.subject
                if key in senders or len(senders) < MOST_SENDERS:
                    senders.setdefault(key, Traffic(*key, now)).take(packet, now)
                taking.take(packet, now)
            if now - told >= TOLD_EVERY_S:
                if not quiet:
                    _say(list(senders.values()), listener, now - told)
                told = now
    except KeyboardInterrupt:
        pass
    return list(senders.values())


def _say(senders: list[Traffic], listener: Listener, seconds: float) -> None:
    for traffic in senders:
        click.echo(traffic.line(seconds))
    if listener.heard.rejected:
        click.echo(f"{listener.heard.rejected} rejected; the last {listener.heard.last_rejection}")
    if not senders and not listener.heard.rejected:
        click.echo("nothing yet")


def _missing(senders: list[Traffic], rig: rigs.Rig | None) -> dict[str, list[str]]:
    """Against a rig, of the sender with the most values; {} where nobody asks."""
    from rigdriver.live.listening import expected
    if rig is None:
        return {}
    fullest = max((list(traffic.spans) for traffic in senders), key=len, default=[])
    missing, beyond = expected(fullest, rig)
    return {"missing": missing, "beyond": beyond}


def _tell(senders: list[Traffic], listener: Listener, missing: dict[str, list[str]], output: Path | None,
          taking: Taking) -> None:
    heard = listener.heard
    for traffic in senders:
        click.echo(f"{traffic.sender} {traffic.subject!r}: {traffic.frames} frames in {traffic.packets} packets, "
                   f"{traffic.rate:.1f} frames a second"
                   f"{f' (it says {float(traffic.fps):g} fps)' if traffic.fps else ''}, {traffic.missing} missing, "
                   f"jitter {traffic.jitter_ms[0]:.1f} ms (p99 {traffic.jitter_ms[1]:.1f})")
        click.echo(f"  {len(traffic.spans)} values: {', '.join(traffic.spans)}")
    if heard.rejected:
        click.echo(f"{heard.rejected} datagrams rejected; the last {heard.last_rejection}")
    if not senders:
        click.echo(f"nothing came at port {listener.port}. Is the sender's address this machine's, its port "
                   f"{listener.port}, and UDP let in by the firewall? `rigdriver doctor` tells more")
    for what, names in missing.items():
        click.echo(f"{what}: {', '.join(names) or 'nothing'}")
    if output:
        click.echo(f"{output}: {len(taking)} packets recorded")
