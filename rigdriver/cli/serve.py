"""`rigdriver serve`: many voices drive many faces, for agents and games."""

from __future__ import annotations

import ipaddress
from contextlib import AbstractAsyncContextManager
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rigdriver import choose
from rigdriver.errors import MissingExtra, SettingsError
from rigdriver.model import runtime
from rigdriver.model.settings import steps_file
from rigdriver.service.limits import Limits

if TYPE_CHECKING:
    from rigdriver.pipeline import Drive
    from rigdriver.service.guard import Guard
    from rigdriver.service.house import House

DEFAULT = Limits()


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen at; elsewhere needs a token.")
@click.option("--port", default=8765, show_default=True, type=click.IntRange(0, 65535), help="0: any free one.")
@click.option("--audio2face", is_flag=False, flag_value=52000, metavar="[PORT]", type=click.IntRange(0, 65535),
              help="Answer clients of NVIDIA Audio2Face-3D, too, by gRPC, here; 52000 where no port is said.")
@click.option("--token", envvar="RIGDRIVER_TOKEN", help="What clients have to know; better: $RIGDRIVER_TOKEN.")
@click.option("--token-file", type=click.Path(path_type=Path), help="A file that holds it.")
@click.option("--sessions", default=DEFAULT.sessions, show_default=True, help="Streams at once.")
@click.option("--jobs", default=DEFAULT.jobs, show_default=True, help="Recordings at once.")
@click.option("--message-bytes", default=DEFAULT.message_bytes, show_default=True, help="Of one WebSocket message.")
@click.option("--upload-bytes", default=DEFAULT.upload_bytes, show_default=True, help="Of one recording.")
@click.option("--waiting-s", default=DEFAULT.waiting_s, show_default=True, help="Of sound a stream may be ahead by.")
@click.option("--job-s", default=DEFAULT.job_s, show_default=True, help="That driving one recording may take.")
@click.option("--idle-s", default=DEFAULT.idle_s, show_default=True, help="Without a word, then a stream is closed.")
@click.option("--stop-s", default=DEFAULT.stop_s, show_default=True, help="That streams have to end when it stops.")
@click.option("--hop", default=1, show_default=True, type=click.IntRange(1, 8),
              help="Steps of a 60th heard at once: with each more streams a core, 33 ms later.")
@click.option("--lookahead", help="Milliseconds heard ahead where a client does not say; default: 80.")
@click.option("--model", type=click.Path(), help="Another trained model (.onnx).")
@click.option("--engine", type=click.Choice(["steps", "onnx", "torch"]),
              help="Default: steps, made for many streams, where the model has it; else onnx.")
@click.option("--threads", default=1, show_default=True, type=click.IntRange(1, 64), help="Of the network.")
def command(host: str, port: int, audio2face: int | None, token: str | None, token_file: Path | None, hop: int,
            lookahead: str | None, model: str | None, engine: str | None, threads: int, **most: Any) -> int:
    """Drive many faces at once: WebSocket at /v1/stream, recordings at /v1/drive, /health and /metrics.

    Stops gracefully at Ctrl-C and SIGTERM: streams are told and may finish; at a second one at once.
    """
    limits = Limits(**{item.name: most[item.name] for item in fields(Limits) if item.name in most})
    secret = _secret(token, token_file)
    if not secret and not _is_loopback(host):
        raise SettingsError(f"--host {host} can be reached from other machines; say --token, too")
    try:
        from rigdriver.service import app, guard, house, server
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("rigdriver"):
            raise
        raise MissingExtra("rigdriver serve", "serve") from None
    engine = engine or ("steps" if steps_file(Path(model) if model else runtime.DEFAULT).is_file() else "onnx")
    way = choose.way(lookahead=lookahead, model=model, engine=engine, threads=threads)
    listener = server.listen(host, port)
    place = house.House(way, limits, hop)
    keeper = guard.Guard(secret)
    whole = "torch" if engine == "torch" else "onnx"  # for what is not heard step by step
    routes = app.app(place, keeper, model, whole)
    beside = None
    if audio2face is not None:
        if engine != whole:
            way = choose.way(lookahead=lookahead, model=model, engine=whole, threads=threads)
        beside = _controller(place, keeper, way, host, audio2face)
    where = listener.getsockname()
    click.echo(f"rigdriver serves at ws://{host}:{where[1]}/v1/stream and http://{host}:{where[1]}/v1/drive", err=True)
    server.run(server.Server(routes, place, keeper, beside), listener)
    return 0


def _controller(place: House, guard: Guard, way: Drive, host: str, port: int) -> AbstractAsyncContextManager[None]:
    try:
        from rigdriver.service.audio2face.controller import Controller
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("rigdriver"):
            raise
        raise MissingExtra("rigdriver serve --audio2face", "grpc") from None
    return Controller(place, guard, way, host, port, lambda found: click.echo(
        f"rigdriver answers Audio2Face-3D's clients at {host}:{found} (gRPC)", err=True))


def _secret(token: str | None, path: Path | None) -> str:
    if path is None:
        secret = token or ""
    else:
        try:
            secret = path.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(f"--token-file {path}: cannot be read ({error})") from None
    if (token is not None or path is not None) and not secret:
        raise SettingsError("the token is empty")
    return secret


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
