"""Live: a voice drives a face, now.

    source ──▶ Intake ──▶ Performer ──▶ frames with a due time ──▶ outputs

One clock. A source pushes sound into the `Intake` as it comes: evenly from a microphone, in bursts from a synthesiser.
Sixty times a second the loop pulls a step of sound from it, silence where nothing is, and whatever frames that finishes
are sent when they are due. So a burst is spoken at the pace of speech, a pause is lived through, and a frame that is
too late is dropped, never queued.
"""
