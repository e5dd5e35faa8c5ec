"""Let `python -m iamsql` be the command."""

from iamsql.cli import main

if __name__ == "__main__":
    main()
