"""Several processes, one run: what `torchrun` starts shares its gradients and lets the first process write.

Alone, every function here is its own trivial answer, so that the loop need not ask.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import distributed, nn
from torch.nn.parallel import DistributedDataParallel


@contextmanager
def processes() -> Iterator[None]:
    """Joins the processes that `torchrun` started, if it did; nccl where each has a GPU, gloo elsewhere.

    What `sharing` gave should be out of reach when this ends, or its threads outlive what they talk through.
    """
    if "LOCAL_RANK" not in os.environ or distributed.is_initialized():
        yield
        return
    distributed.init_process_group("nccl" if torch.cuda.is_available() else "gloo")
    try:
        yield
        wait()  # for the one that writes: a process that leaves early takes the connections with it
    finally:
        gc.collect()
        distributed.destroy_process_group()


def rank() -> int:
    """Which process this is; 0 is the one that writes."""
    return distributed.get_rank() if distributed.is_initialized() else 0


def count() -> int:
    return distributed.get_world_size() if distributed.is_initialized() else 1


def first() -> bool:
    return rank() == 0


def wait() -> None:
    """Until every process is here."""
    if distributed.is_initialized():
        distributed.barrier()


def agreed(value: float, device: torch.device) -> float:
    """The first process's number, in every process."""
    if not distributed.is_initialized():
        return value
    shared = torch.tensor([value], dtype=torch.float64, device=device)
    distributed.broadcast(shared, 0)
    return float(shared)


def any_of(flag: bool, device: torch.device) -> bool:
    """Whether any process says so."""
    if not distributed.is_initialized():
        return flag
    shared = torch.tensor([int(flag)], device=device)
    distributed.all_reduce(shared, distributed.ReduceOp.MAX)
    return bool(shared)


def sharing(module: nn.Module) -> nn.Module:
    """The module with its gradients averaged over all processes. Every parameter must have a part in every answer."""
    return DistributedDataParallel(module) if distributed.is_initialized() else module
