"""The sounds of speech that the network tells apart."""

import numpy as np

LEAST = 3  # frames; what is shorter is doubt and no phone

PHONES = (
    "SIL", "AA", "AE", "AH", "AO", "AW", "AY", "B", "CH", "D", "DH", "EH", "ER", "EY", "F", "G", "HH", "IH", "IY", "JH",
    "K", "L", "M", "N", "NG", "OW", "OY", "P", "R", "S", "SH", "T", "TH", "UH", "UW", "V", "W", "Y", "Z", "ZH",
)  # fmt: skip
"""ARPAbet without stress, as the CMU dictionary and pocketsphinx write it; silence first."""


def moments(heard: np.ndarray, fps: int = 60) -> np.ndarray:
    """Seconds that an animator would key: the middle of every phone, and where speech begins and ends.

    heard: (frames, phones) log probabilities, as `Model.phones` gives them, `fps` a second.
    """
    said = heard.argmax(1)
    edges = np.concatenate([[0], np.flatnonzero(np.diff(said)) + 1, [len(said)]])
    first, last = edges[:-1], edges[1:]
    lasting = last - first >= LEAST
    first, last = first[lasting], last[lasting]
    silent = said[first] == PHONES.index("SIL")
    return np.unique(np.concatenate([(first + last - 1)[~silent] / 2, first[silent], last[silent]])) / fps
