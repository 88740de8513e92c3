"""`python -m recollect`: the `recollect` command."""

from recollect.cli import main

if __name__ == "__main__":
    main()
