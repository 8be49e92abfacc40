"""What is wrong is said in one line: what, where, and what would be right."""

import tempfile
from pathlib import Path

import rigdriver

HELLO = Path(__file__).with_name("hello.wav")


def attempt(what: str, work) -> None:
    try:
        work()
    except rigdriver.RigdriverError as error:
        print(f"{what}: {error}")
    else:
        raise SystemExit(f"{what} should have been refused")


with tempfile.TemporaryDirectory() as folder:
    picture = Path(folder) / "voice.wav"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    attempt("a picture", lambda: rigdriver.drive(picture))
    attempt("a rig", lambda: rigdriver.drive(HELLO, rig="arkti"))
    attempt("a rate", lambda: rigdriver.drive(HELLO, fps="fast"))
    attempt("a format", lambda: rigdriver.write(rigdriver.drive(HELLO), Path(folder) / "hello.docx"))
