"""`python -m netheed` is the command `netheed`."""

from netheed.cli import main

if __name__ == "__main__":
    main(prog_name="netheed")
