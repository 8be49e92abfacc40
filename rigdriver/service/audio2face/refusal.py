"""Refusal: the end of a call that is not a success."""

from __future__ import annotations

import grpc

LONGEST_LINE = 300  # characters: names in it are the client's


class Refusal(Exception):
    """Its gRPC code, and one line."""

    def __init__(self, code: grpc.StatusCode, why: str):
        line = " ".join(why.split())
        super().__init__(line if len(line) <= LONGEST_LINE else f"{line[:LONGEST_LINE]}…")
        self.code = code
