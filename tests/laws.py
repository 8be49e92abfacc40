"""The three laws of a stage (`rigdriver.stage`), as checks that any stage's test can call.

Chunking changes nothing; streams do not touch; same seed, same face. Bit for bit unless a tolerance is given.
"""

from itertools import pairwise

import numpy as np
from hypothesis import strategies as st

from rigdriver.clip import Clip, concatenate
from rigdriver.stage import Stage, run


def cuttings(frames: int):
    """Lists of chunk lengths that sum to `frames`, with empty chunks and single frames among them."""
    cut = st.one_of(st.integers(0, 3), st.integers(0, frames))
    return st.lists(cut, max_size=25).map(lambda lengths: _filled(lengths, frames))


def _filled(lengths: list[int], frames: int) -> list[int]:
    kept = [length for k, length in enumerate(lengths) if sum(lengths[: k + 1]) <= frames]
    return [*kept, frames - sum(kept)]


def chunks(clip: Clip, lengths: list[int]) -> list[Clip]:
    ends = np.cumsum([clip.start, *lengths]).tolist()
    return [clip.cut(first, last) for first, last in pairwise(ends)]


def pushed(stage: Stage, parts: list[Clip], seed: int = 0) -> Clip:
    """All that a stream gives for these chunks, each piece checked to continue the one before."""
    stream = stage.start(parts[0].cut(parts[0].start, parts[0].start), seed)
    return concatenate([*[stream.push(part) for part in parts], stream.flush()])


def check_chunking(stage: Stage, clip: Clip, lengths: list[int], seed: int = 0, atol: float = 0) -> None:
    same(pushed(stage, chunks(clip, lengths), seed), run(stage, clip, seed), atol)


def check_streams_apart(stage: Stage, one: Clip, other: Clip, length: int, seed: int = 0, atol: float = 0) -> None:
    """Two streams of one stage, fed in turns, give what each gives alone."""
    clips = {"one": one, "other": other}
    streams = {name: stage.start(clip.cut(clip.start, clip.start), seed) for name, clip in clips.items()}
    given: dict[str, list[Clip]] = {"one": [], "other": []}
    for at in range(0, max(len(one), len(other)), length):
        for name, clip in clips.items():
            first, last = (min(clip.start + at + more, clip.end) for more in (0, length))
            given[name].append(streams[name].push(clip.cut(first, last)))
    for name, clip in clips.items():
        same(concatenate([*given[name], streams[name].flush()]), run(stage, clip, seed), atol)


def check_same_seed(stage: Stage, clip: Clip, seed: int, atol: float = 0) -> None:
    same(run(stage, clip, seed), run(stage, clip, seed), atol)


def same(got: Clip, want: Clip, atol: float = 0) -> None:
    assert (got.names, got.fps, got.start, len(got)) == (want.names, want.fps, want.start, len(want))
    if atol:
        np.testing.assert_allclose(got.values, want.values, rtol=0, atol=atol)
    else:
        np.testing.assert_array_equal(got.values.view(np.uint32), want.values.view(np.uint32))
