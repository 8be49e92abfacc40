"""Edits: what an artist changed in a generated clip, kept when the line is recorded or generated again.

    edits = Edits.between(generated, edited)                  # per channel, ranges of time and what was done there
    kept = onto(new_clip, edits, warp(old_heard, new_heard))  # .clip, and .conflicts that a person should look at

`heard` is what `Model.phones` says of each recording; `identity` is the warp of the same recording. A clip may come
from any format and at any rate. For files, which carry a `Record` of what was generated:

    earlier = Earlier.read("line_v1_edited.glb")
    report, kept = write(new_clip, "line_v2.glb", heard=new_heard, earlier=earlier)
"""

from rigdriver.edits.applying import Conflict, Kept
from rigdriver.edits.comparing import Edit, Edits
from rigdriver.edits.onto import onto
from rigdriver.edits.record import Record
from rigdriver.edits.taking import Earlier, write
from rigdriver.edits.warping import Warp, identity, stretched, warp

__all__ = ["Conflict", "Earlier", "Edit", "Edits", "Kept", "Record", "Warp", "identity", "onto", "stretched", "warp",
           "write"]
