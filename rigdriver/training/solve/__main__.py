"""`python -m rigdriver.training.solve --data DATA -o FILE.npz`: GRID's face weights from its landmarks."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from rigdriver.errors import RigdriverError
from rigdriver.formats import atomic
from rigdriver.training.solve.grid import LIPS, explained, solve_grid, write
from rigdriver.training.solve.show import draw

BAD_INPUT = 2


@click.command()
@click.option("--data", type=click.Path(path_type=Path), required=True, help="Folder of the data sets.")
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, help="File to write, .npz.")
@click.option("--picture", type=click.Path(path_type=Path), help="Also draw mouths beside their landmarks, .png.")
def main(data: Path, output: Path, picture: Path | None) -> None:
    """Solve ARKit weights of GRID's talker from its tracked landmarks."""
    try:
        for place in filter(None, (output, picture)):
            atomic.check(place)  # before the work, not after it
        solution = solve_grid(data, say=_progress)
        write(output, solution)
        if picture:
            draw(solution, data, picture)
    except RigdriverError as error:
        click.echo(f"rigdriver: {error}", err=True)
        sys.exit(BAD_INPUT)
    shares = f"{explained(solution):.3f} of all landmarks' variance, {explained(solution, LIPS):.3f} of the lips'"
    click.echo(f"\nwrote {output}; the talker's shapes explain {shares}", err=True)


def _progress(line: str) -> None:
    click.echo(f"\r\x1b[K{line}", nl=False, err=True)


if __name__ == "__main__":
    main()
