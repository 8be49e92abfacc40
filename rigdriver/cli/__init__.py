"""The command `rigdriver`: one short file a command, imported when it is called."""

from __future__ import annotations

import importlib
import io
import signal
import sys

import click

from rigdriver import __version__
from rigdriver.errors import RigdriverError

COMMANDS = ("drive", "live", "serve", "listen", "doctor", "convert", "rig", "performance", "train", "eval", "bench")
BAD_INPUT, STOPPED = 2, 130  # exit codes; 130 is what shells expect of a Ctrl-C


class Commands(click.Group):
    """Commands by name; a module is loaded only when its command is asked for, so that every start is quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        return importlib.import_module(f"rigdriver.cli.{name}").command


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="rigdriver")
def cli() -> None:
    """Speech in, a talking character out."""


def main(arguments: list[str] | None = None) -> None:
    """Runs the command and exits: 0 done, 2 bad input (one line on stderr), 130 stopped."""
    for stream in (sys.stdout, sys.stderr):  # a redirected stream on Windows knows no "≥" or "→" otherwise
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="replace")
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that temporary files are taken away then, too
    try:
        sys.exit(cli.main(arguments, prog_name="rigdriver", standalone_mode=False) or 0)
    except click.exceptions.Exit as leave:
        sys.exit(leave.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(BAD_INPUT)
    except RigdriverError as error:
        click.echo(f"rigdriver: {error}", err=True)
        sys.exit(BAD_INPUT)
    except (OSError, MemoryError) as error:  # what the system refuses is no bug of ours, and wants no traceback
        click.echo(f"rigdriver: {error or 'out of memory'}", err=True)
        sys.exit(BAD_INPUT)
    except (KeyboardInterrupt, click.Abort):
        _stopped()
    except ImportError as error:
        if not isinstance(error.__cause__ or error.__context__, KeyboardInterrupt):
            raise
        _stopped()  # a Ctrl-C within an import of compiled code


def _stopped() -> None:
    click.echo("rigdriver: stopped; nothing half-written is left", err=True)
    sys.exit(STOPPED)
