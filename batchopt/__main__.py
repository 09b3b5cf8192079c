"""`python -m batchopt` is `batchopt`."""

from batchopt.cli import main

if __name__ == "__main__":
    main()
