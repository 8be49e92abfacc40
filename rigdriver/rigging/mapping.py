"""A first map for a character from the names of its shapes: what is known is mapped, what is guessed says so, and what
is neither is listed. Geometry is not looked at; `solving` does that.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from rigdriver import rig as rigs
from rigdriver.channel import Channel
from rigdriver.errors import InputError
from rigdriver.guessing import guess
from rigdriver.layers.retarget import backward, forward
from rigdriver.rig import Rig
from rigdriver.rigging.character import Character
from rigdriver.rigging.recognition import likeness, likenesses
from rigdriver.rigging.rigtext import Drawn
from rigdriver.spelling import match
from rigdriver.wiring import Poses, Wiring

Row = dict[str, float]
OF_HEAD, OF_EYES = ("headYaw", "headPitch", "headRoll"), ("Yaw", "Pitch", "Roll")


@dataclass
class _Draft:
    """Rows as they are found. claimed: channels of the base that some target shows."""

    base: Rig
    wiring: Wiring
    rows: dict[str, Row]
    names: dict[str, list[str]]
    """Channel of the base → this character's targets for it."""
    notes: dict[str, str]

    @property
    def curves(self) -> set[str]:
        """ARKit's curves that some row or pose reaches."""
        posed = self.wiring.poses.of if self.wiring.poses else {}
        said = {curve for row in self.rows.values() for curve in row}
        said |= {curve for name in self.names if name in posed for curve in posed[name]}
        return _leaves(said, self.wiring)


def mapped(character: Character, known: str | None = None, name: str | None = None) -> Drawn:
    """A rig for the character. known: the rig that it is, by name; told from its names where None.

    Raises InputError where not one of its shapes can be told, and for a take that is no character.
    """
    if not character.kind.endswith("character"):
        raise InputError(f"{character.path}: is {character.kind}; a map is made for a character (.glb, .gltf or .vrm)")
    base = rigs.load(known) if known else _base(character)
    draft = _Draft(base, forward(base), {}, {}, {})
    doubled = _by_name(character, draft)
    _by_expression(character, draft)
    _by_guess(character, draft)
    turned = turned_angles(character)
    targets = {target for names in draft.names.values() for target in names} | set(draft.rows)
    if not targets:
        raise InputError(f"{character.path}: its {len(character.targets)} shapes have names that say nothing; try "
                         "rigdriver rig solve, which looks at the shapes themselves")
    return _drawn(character, draft, turned, doubled, name or character.path.stem)


def _base(character: Character) -> Rig:
    """The rig that explains most of the names; the canonical one where none explains more than it does."""
    likely = likenesses(character.targets)
    plain = likeness(rigs.canonical(), character.targets).matched
    if likely and likely[0].matched > plain:
        return likely[0].rig
    by_expression = likenesses([expression.name for expression in character.expressions])
    return by_expression[0].rig if by_expression and by_expression[0].matched > plain else rigs.canonical()


def _by_name(character: Character, draft: _Draft) -> list[str]:
    """Targets that spell a channel of the base, then those that spell an ARKit curve. Returns those that are spare."""
    doubled: dict[str, None] = {}
    for mesh in character.meshes:
        found = match(mesh.targets, draft.base.weights)
        for target, channel in zip(mesh.targets, found.channels):
            if channel and target not in draft.names.setdefault(channel, []):
                draft.names[channel].append(target)
        doubled |= {f"{target}, in {mesh.name} (another is {channel})": None for target, channel in found.ambiguous}
    draft.names = {channel: targets for channel, targets in draft.names.items() if targets}
    posed = draft.wiring.poses.of if draft.wiring.poses else {}
    for channel, targets in draft.names.items():
        for target in targets:
            if channel in draft.wiring.rows:
                draft.rows[target] = dict(draft.wiring.rows[channel])
            elif channel in posed:
                draft.notes[target] = channel
    _as_arkit(character, draft)
    return list(doubled)


def _as_arkit(character: Character, draft: _Draft) -> None:
    """What is left over and spells a curve that nothing shows yet."""
    shown = draft.curves
    rest = [target for target in character.targets if not _is_known(draft, target)]
    for target, curve in zip(rest, match(rest, rigs.canonical().weights).channels):
        if curve and curve not in shown and not _is_mouth(draft, curve):
            draft.rows[target] = {curve: 1.0}


def _by_expression(character: Character, draft: _Draft) -> None:
    """A VRM's expressions say what nameless shapes are: its presets as the base has them, its own by their names."""
    weights = draft.base.weights
    names = [expression.name for expression in character.expressions]
    for expression, channel in zip(character.expressions, match(names, weights).channels):
        if channel is None or channel in draft.names or channel not in _driven(draft.wiring):
            continue
        free = [(target, weight) for target, weight in expression.binds if not _is_known(draft, target)]
        if len(free) != 1:
            continue  # an expression of many shapes is no name for any of them
        (target, weight), = free
        draft.names[channel] = [target]
        if channel in draft.wiring.rows:
            draft.rows[target] = {source: w * weight for source, w in draft.wiring.rows[channel].items()}
        draft.notes[target] = f"the expression {expression.name}"


def _by_guess(character: Character, draft: _Draft) -> None:
    for target in character.targets:
        if _is_known(draft, target):
            continue
        shown = draft.curves
        meant = guess(target)
        if meant and not shown & set(meant) and not any(_is_mouth(draft, curve) for curve in meant):
            draft.rows[target] = meant
            draft.notes[target] = "a guess: look at the shape"


def _is_known(draft: _Draft, target: str) -> bool:
    return target in draft.rows or any(target in targets for targets in draft.names.values())


def _is_mouth(draft: _Draft, curve: str) -> bool:
    """Whether a curve moves what the base's visemes move already."""
    moved = rigs.canonical().of_region("jaw", "mouth", "tongue")
    return bool(draft.wiring.poses and set(draft.wiring.poses.of) & set(draft.names)) and curve in moved


def _driven(wiring: Wiring) -> set[str]:
    return set(wiring.rows) | set(wiring.poses.of if wiring.poses else ())


def turned_angles(character: Character) -> tuple[str, ...]:
    """Angles that the character's joints can show."""
    found: tuple[str, ...] = OF_HEAD if {"head", "neck"} & set(character.joints) else ()
    for eye, prefix in (("left_eye", "leftEye"), ("right_eye", "rightEye")):
        found += tuple(prefix + end for end in OF_EYES) if eye in character.joints else ()
    return found


def _drawn(character: Character, draft: _Draft, turned: tuple[str, ...], doubled: list[str], name: str) -> Drawn:
    targets = [target for target in character.targets if _is_driven(draft, target)]
    home = {target: channel for channel, names in draft.names.items() for target in names}
    channels = [_channel(target, draft, home.get(target)) for target in targets]
    channels += [rigs.canonical()[angle] for angle in turned]
    rows = {target: draft.rows[target] for target in targets if target in draft.rows}
    rows |= {angle: {angle: 1.0} for angle in turned}
    still = tuple(target for target in character.targets if target not in targets)
    shown = draft.curves
    lacking = tuple(curve for curve in rigs.load("arkit52").names if curve not in shown)
    guessed = sum(note.startswith("a guess") for note in draft.notes.values())
    said = [f"{character.path} → {len(targets)} of {len(character.targets)} shapes mapped, as {draft.base.name} has "
            "them" + (f"; {guessed} of them guessed: look for 'a guess' in the file" if guessed else "")]
    return Drawn(
        name, f"drawn up from the names in {character.path.name}", _head(character, draft), tuple(channels),
        _forward(draft, rows, home, targets), _back(draft, rows, turned), draft.notes,
        (("Left still, for nothing here says what drives them; give them rows above, or leave them so", still),
         ("Left still, for another shape of the same mesh is that curve, too", tuple(doubled)),
         ("ARKit's curves that no shape of this character shows", lacking)), tuple(said),
    )


def _is_driven(draft: _Draft, target: str) -> bool:
    posed = draft.wiring.poses.of if draft.wiring.poses else {}
    return target in draft.rows or any(target in names for channel, names in draft.names.items() if channel in posed)


def _channel(target: str, draft: _Draft, home: str | None) -> Channel:
    """The base's own channel under this character's name, or a plain weight."""
    if home is not None:
        return replace(draft.base[home], name=target)
    curve = next(iter(draft.rows[target]))
    return Channel(target, region=rigs.canonical()[curve].region if curve in rigs.canonical() else "face")


def _forward(draft: _Draft, rows: dict[str, Row], home: dict[str, str], targets: list[str]) -> Wiring:
    base, poses = draft.wiring, None
    if base.poses and set(base.poses.of) & set(draft.names):
        of: dict[str, Row] = {}
        for pose, curves in base.poses.of.items():
            for target in draft.names.get(pose, [f"({pose})"]):  # one that is not there is known all the same
                of[target] = dict(curves)
        poses = Poses(of, base.poses.measure, base.poses.show)
    used = _needed(base, [*rows.values(), *([poses.measure] if poses else [])])
    gains = {target: base.gains[home[target]] for target in targets if home.get(target) in base.gains}
    bent = {target: base.curves[home[target]] for target in targets if home.get(target) in base.curves}
    return Wiring(rows, {n: made for n, made in base.derived.items() if n in used}, bent, gains, {}, poses,
                  _seal(rows) if not poses else None)


def _seal(rows: dict[str, Row]) -> tuple[str, str] | None:
    """The two shapes that are mouthClose and jawOpen and nothing else."""
    alone = {next(iter(row)): target for target, row in rows.items() if len(row) == 1}
    return (alone["mouthClose"], alone["jawOpen"]) if {"mouthClose", "jawOpen"} <= set(alone) else None


def _back(draft: _Draft, rows: dict[str, Row], turned: tuple[str, ...]) -> Wiring | None:
    """The way back by the same names: the base's, and the mean of rows that are one curve each."""
    base = backward(draft.base) if draft.base.backward or not draft.base.forward else Wiring()
    back: dict[str, Row] = {}
    for curve, row in base.rows.items():
        known = {source: weight for source, weight in row.items() if source in draft.names}
        if known and len(known) == len(row):
            back[curve] = {target: weight / len(draft.names[source]) for source, weight in known.items()
                           for target in draft.names[source]}
    lone: dict[str, list[str]] = {}
    for target, row in rows.items():
        if list(row.values()) == [1.0]:
            lone.setdefault(next(iter(row)), []).append(target)
    for curve, targets in lone.items():
        if curve in rigs.canonical() and curve not in back:
            back[curve] = {target: 1 / len(targets) for target in targets}
    return Wiring({curve: back[curve] for curve in rigs.canonical().names if curve in back}) if back else None


def _needed(wiring: Wiring, rows: Iterable[Iterable[str]]) -> set[str]:
    """Derived curves that rows use, with those that they are made of."""
    names = {name for row in rows for name in row}
    while more := {of for name in names & set(wiring.derived) for of in wiring.derived[name].of} - names:
        names |= more
    return names


def _leaves(names: Iterable[str], wiring: Wiring) -> set[str]:
    return {name for name in _needed(wiring, [names]) if name not in wiring.derived}


def _head(character: Character, draft: _Draft) -> tuple[str, ...]:
    return (
        f"Drawn up by `rigdriver rig map` from the names in {character.path.name}, by the rig {draft.base.name!r}.",
        "Look it over: what is a guess says so, and what is left still is listed at the end. Every key is explained in",
        "rigs/reference.yaml. Drive with:",
        f"    rigdriver drive hello.wav --rig THIS.yaml --onto {character.path.name}",
    )
