"""Rigging: what a character's file has to drive, and a rig file for it.

`inspection` says what was found, `mapping` writes a first map from the names, `solving` fits one where names do not
help.
"""
