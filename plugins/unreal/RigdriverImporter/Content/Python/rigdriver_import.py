"""Import from a command line, without a window. Arguments stand in one quoted string after the script's path:

    UnrealEditor-Cmd Project.uproject -run=pythonscript -unattended -nullrhi
        -script="…/rigdriver_import.py --folder D:/takes --target /Game/Hero/SKM_Hero --destination /Game/Takes"

The editor splits that string at spaces, so no path in it may hold one. Ends in an error when a file failed.
"""

import sys

from rigdriver_unreal import commandlet

commandlet.main(sys.argv[1:])
