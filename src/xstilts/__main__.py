"""`python -m xstilts` is the command `xstilts`."""

from xstilts.cli.main import main

if __name__ == "__main__":
    main()
