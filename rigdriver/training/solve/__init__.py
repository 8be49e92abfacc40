"""Solve: ARKit weights of a talker's face from its tracked 3-D landmarks, by a face model whose shapes are known.

A tracker's own weights leave half of the mouth dead; its landmarks do not. Order: rigid motion and scale are taken
off by the points that speech does not move (`landmarks`), each clip's face at rest is found, and one bounded least
squares over all frames of a clip gives the weights (`bounded`) of the model's shapes (`face`).
"""

from rigdriver.training.solve.grid import solve_grid

__all__ = ["solve_grid"]
