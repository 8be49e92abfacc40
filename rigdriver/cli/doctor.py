"""`rigdriver doctor`: why does the face not move?"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rigdriver.doctor.finding import Finding

TROUBLE = 1  # exit code


@click.command("doctor")
@click.argument("addresses", nargs=-1, metavar="[ADDRESS]...")
@click.option("--json", "as_json", is_flag=True, help="One line of JSON a finding.")
@click.option("--quick", is_flag=True, help="Leave out devices and latency, which take some seconds.")
def command(addresses: tuple[str, ...], as_json: bool, quick: bool) -> int:
    """What is installed, what microphones hear, how long a sound takes to its packet; and, for each ADDRESS (as
    livelink://192.168.1.5:11111), the way there. An address is sent half a second of a resting face.

    Ends with 1 where something is wrong.
    """
    area, wrong = "", False
    for finding in _findings(addresses, quick):
        wrong |= finding.state == "bad"
        if as_json:
            click.echo(json.dumps(vars(finding)))
            continue
        if finding.area != area:
            click.echo(finding.area)
            area = finding.area
        click.echo(str(finding))
    return TROUBLE if wrong else 0


def _findings(addresses: tuple[str, ...], quick: bool) -> Iterator[Finding]:
    from rigdriver import outputs
    from rigdriver.doctor import budget, devices, installed, receiver
    for address in addresses:
        outputs.row(address)  # what is no address is said before anything is looked at
    yield from installed.look()
    if not quick:
        yield from devices.look()
        yield from budget.look()
    for address in addresses:
        yield from receiver.look(address)
