"""`python -m rigdriver` is the command."""

from rigdriver.cli import main

main()
