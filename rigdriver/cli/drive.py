"""`rigdriver drive`: recordings become animation."""

from __future__ import annotations

import contextlib
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rigdriver import choose, parts, pipeline
from rigdriver import performance as performances
from rigdriver.anchoring import Accents
from rigdriver.cli import density, written
from rigdriver.cli.kept import Keeping
from rigdriver.cli.progress import Progress
from rigdriver.cli.said import said
from rigdriver.cli.targets import Job, jobs
from rigdriver.cli.transcripts import Script, fit
from rigdriver.clip import Clip
from rigdriver.directions import last_s
from rigdriver.errors import InputError, RigdriverError, SettingsError
from rigdriver.formats import gltf
from rigdriver.inputs import open_sound
from rigdriver.inputs.synthesiser import ESPEAK, VOICE
from rigdriver.pipeline import Drive, Witness

if TYPE_CHECKING:
    from rigdriver.cli.driven import Book


@click.command("drive")
@click.argument("speech", nargs=-1, type=click.Path())
@click.option("--say", "text", metavar="TEXT", help="Text instead of SPEECH, spoken by a synthesiser of yours.")
@click.option("--voice", default=VOICE, show_default=True, help="Its voice or language; also that of a transcript.")
@click.option("--synth", default=ESPEAK, show_default=True, help="Its command or http address; {text}, {voice}, {out}.")
@click.option("--transcript", help="What is said: words, @FILE (.txt .srt .vtt .json .ctm .TextGrid), or @FOLDER.")
@click.option("-o", "--output", type=click.Path(), help="File or folder to write; default: beside the recording.")
@click.option("--format", "format_", help="Format to write, where the suffix does not say: glb, csv, npz …")
@click.option("--onto", type=click.Path(), help="Your own character (.glb, .gltf, .vrm); default: the built-in head.")
@click.option("--animation", metavar="NAME", help="What the animation is called in a glTF; default: rigdriver.")
@click.option("--replace", is_flag=True, help="Put it in the place of the character's animation of that name.")
@click.option("--keys", type=density.Density(), help=density.HELP)
@click.option("--rig", help="Rig of the curves: a name or a YAML file; default: arkit, vrm1 where only that is shown.")
@click.option("--fps", default="60", show_default=True, help="Frames a second: 24, 29.97, 30000/1001 …")
@click.option("--seed", type=int, help="Of blinks, gaze and head; default: the performance's.")
@click.option("--performance", type=click.Path(), help="Parameter file; `rigdriver performance` prints one.")
@click.option("--personality", help="How much is shown: reserved, natural, lively or theatrical.")
@click.option("--emotion", multiple=True, metavar="NAME=WEIGHT",
              help="Shown throughout, as in joy=.6,fear=.2; auto: faintly what the voice sounds like, half right.")
@click.option("--direct", help='Directions, as "0.0 joy .4; 2.3 anger .8 over .5; 3 look left; 4.1 blink", or @FILE.')
@click.option("--set", "sets", multiple=True, metavar="SECTION.KEY=VALUE", help="Any key of the parameter file.")
@click.option("--style", help="One of the model's learned faces; default: natural.")
@click.option("--lookahead", help="Milliseconds of sound heard ahead of each frame, or 'whole'; default: 80, as live.")
@click.option("--model", type=click.Path(), help="Another trained model (.onnx).")
@click.option("--engine", type=click.Choice(["onnx", "torch"]), default="onnx", show_default=True)
@click.option("--keep", type=click.Path(), help="Edited file (or folder) of this line as it was; its edits are kept.")
@click.option("--was", type=click.Path(), help="That file before it was edited, where it does not lie beside.")
@click.option("--layers", is_flag=True, help="A file each for speech, emotion, gaze, blink and head, which add up.")
@click.option("--dialogue", "together", is_flag=True, help="One conversation: a face for each file, or channel.")
@click.option("--report", is_flag=True, help="Tell how each recording came out: closures, silence, size, jitter.")
@click.option("--report-file", type=click.Path(path_type=Path), help="The same as a table: .csv, .json or .md.")
@click.option("--json", "as_json", is_flag=True, help="One line of JSON a recording on stdout.")
@click.option("-q", "--quiet", is_flag=True, help="Print nothing but errors.")
def command(speech: tuple[str, ...], text: str | None, voice: str, synth: str, transcript: str | None,
            output: str | None, format_: str | None, onto: str | None, animation: str | None, replace: bool,
            keys: float | None, keep: str | None, was: str | None, layers: bool, together: bool, report: bool,
            report_file: Path | None, as_json: bool, quiet: bool, performance: str | None,
            personality: str | None, emotion: tuple[str, ...], direct: str | None, sets: tuple[str, ...],
            rig: str | None, **choices: Any) -> int:
    """Turn SPEECH (recordings, or folders of them) into facial animation.

    With no other word, SPEECH.glb appears beside the recording, spoken by the built-in head. Several recordings and one
    .glb as the output become one file of several animations.
    """
    wanted = {"onto": onto, "animation": animation, "replace": replace or None, "keys": keys}
    options: dict[str, Any] = {option: value for option, value in wanted.items() if value is not None}
    keeping = _keeping(keep, was)
    if keeping:
        format_, options = keeping.target(format_, output, options)
        onto = options.get("onto")
    book = _book(report_file) if report or report_file else None
    if bool(speech) == (text is not None):
        raise SettingsError("drive needs recordings, or --say TEXT, and not both")
    directions = _text(direct)
    told = performances.changed(_loaded(performance, personality, quiet), choose.overrides(emotion, sets),
                                "the command line")
    way = choose.way(told, rig=rig or _shown_rig(output, format_, onto), direct=directions, **choices)
    for line in () if quiet else performances.without_effect(way.performance):
        click.echo(f"note: {line}", err=True)
    if text is not None:
        speech, output, way = said(text, voice, synth, output, format_, way)
    work = jobs(speech, output, format_, options, apart=together or layers)
    written_to = [part for job in work for part in job.parts.values()] if layers else work
    keeping = keeping.checked(written_to) if keeping else None
    script = Script.given(transcript, voice, len(work)) if transcript is not None else None
    if onto:
        gltf.check(onto, way.target.names)  # once, before anything is heard
    if layers and book:
        raise SettingsError("--report measures the whole face; ask for it in a run without --layers")
    if together:
        return _drive_together(work, way, quiet, as_json, bool(book or directions or script or keeping or layers))
    failed = 0
    shelf = written.Shelf() if work[0].name else None
    with contextlib.ExitStack() as closing, Progress(len(work), quiet or as_json) as progress:
        if book:
            closing.callback(book.write)  # even where someone stops a long night's work
        for job in work:
            try:
                results = _drive(job, way, progress, book, shelf, last_s(directions or ""), script, keeping, layers)
            except RigdriverError as error:
                if len(work) == 1:
                    raise
                failed += 1
                if as_json:
                    click.echo(json.dumps({"speech": str(job.speech), "error": str(error)}))
                progress.say(f"rigdriver: {error}", important=True)
                continue
            for result in results:
                progress.say(written.told(result))
                if as_json:
                    click.echo(json.dumps(written.as_json(result)))
        for written_one in shelf.write() if shelf else ():
            progress.say(str(written_one))
    return 2 if failed else 0


def _loaded(performance: str | None, personality: str | None, quiet: bool) -> performances.Performance:
    """What of an Audio2Face file is not taken is told."""
    loaded = performances.load(performance, personality)
    lost = performances.left_out(performance) if performance else []
    if lost and not quiet:
        click.echo(f"{performance}: an Audio2Face file; not taken: {', '.join(lost)}", err=True)
    return loaded


def _keeping(keep: str | None, was: str | None) -> Keeping | None:
    if keep is None and was is not None:
        raise SettingsError("--was goes with --keep")
    return None if keep is None else Keeping.given(keep, was)


def _shown_rig(output: str | None, format_: str | None, onto: str | None) -> str:
    """What a character can show, where it was not said: a .vrma is for any avatar, and all have VRM's presets."""
    if onto:
        return gltf.rig_of(onto)
    return "vrm1" if format_ == "vrma" or Path(output or "").suffix.lower() == ".vrma" else "arkit"


def _drive_together(work: list[Job], way: Drive, quiet: bool, as_json: bool, more: bool) -> int:
    from rigdriver.cli.together import drive_together
    if more:
        raise SettingsError("--dialogue goes with no --report, --direct or --transcript, nor with --keep; drive that "
                            "line alone")
    with Progress(1, quiet or as_json) as progress:
        for result in drive_together(work, way, progress):
            progress.say(written.told(result))
            if as_json:
                click.echo(json.dumps(written.as_json(result)))
    return 0


def _book(path: Path | None) -> Book:
    from rigdriver.cli.driven import Book
    return Book(path)


def _text(direct: str | None) -> str | None:
    """Directions as they stand, or from the file that `@` names."""
    if direct is None or not direct.startswith("@"):
        return direct
    try:
        return Path(direct[1:]).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"--direct {direct}: cannot be read as UTF-8 text ({error})") from None


def _drive(job: Job, way: Drive, progress: Progress, book: Book | None, shelf: written.Shelf | None,
           directed_until_s: float, script: Script | None, keeping: Keeping | None,
           layers: bool) -> list[dict[str, Any]]:
    """One recording, all the way to its file, or its layers' files, or onto the shelf."""
    began = time.perf_counter()
    sound = open_sound(job.speech)
    _check_directions(job, sound.duration_s, directed_until_s)
    outputs = job.parts if layers else {"": job}
    for each in outputs.values():
        written.check(each)
    earlier = {part: keeping.earlier(each) for part, each in outputs.items()} if keeping else {}
    progress.begin(job.speech.name, sound.duration_s)
    if script:
        way = script.told(job.speech, way)
    accents = Accents()
    if layers:
        clips = parts.drive(job.speech, way, progress.heard, accents)
        way = written.heard_once(outputs.values(), way, clips, bool(keeping))
        progress.writing()
        return [{**written.write(outputs[part], clip, began, way, earlier.get(part), accents), "layer": part,
                 **_fits(way)} for part, clip in clips.items()]
    watch = book.watch(way) if book else None
    clip = pipeline.drive(job.speech, way, progress.heard, _both(accents, watch))
    progress.writing()
    result = (shelf.put(job, clip, began, way) if shelf
              else written.write(job, clip, began, way, earlier.get(""), accents)) | _fits(way)
    if book and watch:
        result["figures"] = book.measured(str(job.speech), clip, watch, way)
    return [result]


def _both(first: Witness, second: Witness | None) -> Witness:
    def witness(heard: Clip) -> None:
        first(heard)
        if second:
            second(heard)

    return witness


def _fits(way: Drive) -> dict[str, float]:
    """How far the sound bears out the transcript, where there is one."""
    return {"transcript_fits": round(fit(way.phones), 3)} if way.phones else {}


def _check_directions(job: Job, seconds: float | None, directed_until_s: float) -> None:
    if seconds is not None and directed_until_s > seconds:
        raise InputError(f"{job.speech} ends at {seconds:.2f} s; a direction comes later, at {directed_until_s:g} s")
