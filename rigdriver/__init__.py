"""rigdriver: speech in, a talking character out."""

__version__ = "0.1.0"
