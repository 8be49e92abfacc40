"""What a run computes on: a GPU where there is one, in mixed precision, fed by processes that prepare batches."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterator
from typing import Any

import torch
from torch.utils import data

from rigdriver.errors import SettingsError
from rigdriver.training import together
from rigdriver.training.batches import Batch, Batches

DEVICES = ("auto", "cpu", "cuda")
MOST_WORKERS = 12  # more only wait for each other


def device(asked: str = "auto") -> torch.device:
    """`auto` takes a GPU where there is one; with several processes each takes its own. Raises SettingsError."""
    if asked not in DEVICES:
        raise SettingsError(f"device {asked!r} is none of {', '.join(DEVICES)}")
    if asked == "cuda" and not torch.cuda.is_available():
        raise SettingsError("device cuda: PyTorch finds no GPU here; leave it out, or write cpu")
    if asked == "cpu" or not torch.cuda.is_available():
        return torch.device("cpu")
    found = torch.device("cuda", int(os.environ.get("LOCAL_RANK", 0)) % torch.cuda.device_count())
    torch.cuda.set_device(found)
    return found


def batches(source: Batches, first: int, place: torch.device) -> Iterator[Batch]:
    """Batches from step `first` on, for ever; each is a function of seed, step and process alone.

    A CPU run draws them itself; a GPU would wait for that, so there processes draw ahead.
    """
    if place.type == "cpu":
        return (source.draw(number) for number in _numbers(first))
    workers = min(MOST_WORKERS, max(1, (os.cpu_count() or 2) // together.count() - 1))
    start = "fork" if "fork" in multiprocessing.get_all_start_methods() else None  # Windows has none, and copies
    loader = data.DataLoader(_Drawn(source, first), batch_size=None, num_workers=workers, pin_memory=True,
                             prefetch_factor=4, multiprocessing_context=start)
    return (Batch({name: part.to(place, non_blocking=True) for name, part in batch.items()}) for batch in loader)


def _numbers(first: int) -> Iterator[int]:
    """Each process draws other batches of the same sequence."""
    step = first
    while True:
        yield step * together.count() + together.rank()
        step += 1


class _Drawn(data.IterableDataset):
    """The sequence of batches, cut among worker processes; the loader takes from them in turn, so order is kept."""

    def __init__(self, source: Batches, first: int):
        self._source, self._first = source, first
        self._rank, self._count = together.rank(), together.count()

    def __iter__(self) -> Iterator[Any]:
        worker = data.get_worker_info()
        assert worker is not None
        torch.set_num_threads(1)
        step = self._first + worker.id
        while True:
            yield self._source.draw(step * self._count + self._rank)
            step += worker.num_workers
