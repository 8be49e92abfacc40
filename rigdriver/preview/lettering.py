"""Capitals and digits of 5 × 5 dots, drawn for this project, so that a contact sheet needs no font."""

from __future__ import annotations

import numpy as np

DOTS = 5
# One letter per entry, its rows from the top; each row's dots as # and space.
GLYPHS = {
    "A": " ### |#   #|#####|#   #|#   #", "B": "#### |#   #|#### |#   #|#### ", "C": " ####|#    |#    |#    | ####",
    "D": "#### |#   #|#   #|#   #|#### ", "E": "#####|#    |#### |#    |#####", "F": "#####|#    |#### |#    |#    ",
    "G": " ####|#    |#  ##|#   #| ####", "H": "#   #|#   #|#####|#   #|#   #", "I": " ### |  #  |  #  |  #  | ### ",
    "J": "   ##|    #|    #|#   #| ### ", "K": "#  # |# #  |##   |# #  |#  # ", "L": "#    |#    |#    |#    |#####",
    "M": "#   #|## ##|# # #|#   #|#   #", "N": "#   #|##  #|# # #|#  ##|#   #", "O": " ### |#   #|#   #|#   #| ### ",
    "P": "#### |#   #|#### |#    |#    ", "Q": " ### |#   #|# # #|#  # | ## #", "R": "#### |#   #|#### |#  # |#   #",
    "S": " ####|#    | ### |    #|#### ", "T": "#####|  #  |  #  |  #  |  #  ", "U": "#   #|#   #|#   #|#   #| ### ",
    "V": "#   #|#   #|#   #| # # |  #  ", "W": "#   #|#   #|# # #|## ##|#   #", "X": "#   #| # # |  #  | # # |#   #",
    "Y": "#   #| # # |  #  |  #  |  #  ", "Z": "#####|   # |  #  | #   |#####", "0": " ### |#  ##|# # #|##  #| ### ",
    "1": " ##  |  #  |  #  |  #  | ### ", "2": "#### |    #| ### |#    |#####", "3": "#### |    #| ### |    #|#### ",
    "4": "#  # |#  # |#####|   # |   # ", "5": "#####|#    |#### |    #|#### ", "6": " ### |#    |#### |#   #| ### ",
    "7": "#####|   # |  #  | #   | #   ", "8": " ### |#   #| ### |#   #| ### ", "9": " ### |#   #| ####|    #| ### ",
    ".": "     |     |     |     |  #  ", "/": "    #|   # |  #  | #   |#    ", "+": "     |  #  | ### |  #  |     ",
    "-": "     |     | ### |     |     ",
}  # fmt: skip


def write_text(image: np.ndarray, text: str, left: int, top: int, colour: tuple[int, int, int]) -> None:
    """Write a line into an RGB image in place, one pixel a dot; what does not fit is cut off."""
    dots = np.hstack([_letter(letter) for letter in text.upper()])
    height = max(0, min(DOTS, image.shape[0] - top))
    width = max(0, min(dots.shape[1], image.shape[1] - left))
    image[top : top + height, left : left + width][dots[:height, :width]] = colour


def width_of(text: str) -> int:
    """Pixels that a line takes."""
    return len(text) * (DOTS + 1)


def _letter(letter: str) -> np.ndarray:
    """(5, 6) bool: the glyph and a column of space."""
    glyph = np.zeros((DOTS, DOTS + 1), bool)
    if letter in GLYPHS:
        glyph[:, :DOTS] = [[dot == "#" for dot in row] for row in GLYPHS[letter].split("|")]
    return glyph
