"""Choir: many streams ask one engine together, so that their steps go through the network in one call.

A stream alone waits mostly for memory: the weights are read for every step. Together they are read once a call.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Generator, Hashable, Sequence
from typing import TypeVar

import numpy as np

from rigdriver.model.condition import Condition
from rigdriver.model.engine import Answer, Engine, Question

T = TypeVar("T")
Asking = Generator[Question, Answer, T]


def together(engine: Engine, asking: Sequence[Asking[T]],
             between: Callable[[], object] = lambda: None) -> list[T | Exception]:
    """Runs generators like `ModelStream.pushing` to their end. The result of each, or what it raised: one stream's
    trouble is not another's. between: called before each stream's own part, to let others of the process have a turn.

    Streams that keep their place in the row from call to call spare the engine moving their states.
    """
    results: dict[int, T | Exception] = {}
    answers: dict[int, Answer | None] = dict.fromkeys(range(len(asking)))
    while answers:
        questions: dict[int, Question] = {}
        for k, answer in answers.items():
            between()
            try:
                questions[k] = next(asking[k]) if answer is None else asking[k].send(answer)
            except StopIteration as done:
                results[k] = done.value
            except Exception as error:
                results[k] = error
        answers = dict(_answered(engine, questions))
    return [results[k] for k in range(len(asking))]


def _answered(engine: Engine, questions: dict[int, Question]) -> list[tuple[int, Answer]]:
    alike: dict[Hashable, list[int]] = defaultdict(list)
    for k, question in questions.items():
        manner = question.condition.manner.shape[1]
        alike[len(question.x), int(question.condition.lookahead), manner].append(k)
    found: list[tuple[int, Answer]] = []
    for group in alike.values():
        found += zip(group, _answer(engine, [questions[k] for k in group]))
    return found


def _answer(engine: Engine, group: list[Question]) -> list[Answer]:
    """Of questions of one length and one lookahead."""
    combined = getattr(engine, "answer_together", None)
    if combined is None:
        return [engine.answer(question.x, question.condition, question.state) for question in group]
    styles, manners, lookaheads = zip(*(question.condition for question in group))
    condition = Condition(np.concatenate(styles), np.concatenate(manners), lookaheads[0])
    answers: list[Answer] = combined(np.stack([question.x for question in group]), condition,
                                     [question.state for question in group])
    return answers
