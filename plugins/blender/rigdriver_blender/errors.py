"""What goes wrong in words for an artist: one line, shown in the panel and in Blender's status bar."""


class PluginError(Exception):
    """Anything that ends a drive, in one line that says what would be right."""


class MissingError(PluginError):
    """rigdriver itself was not found, or does not start."""


class FailedError(PluginError):
    """rigdriver ran and refused; the line is its own."""
