"""``python -m nusterile``."""

from nusterile.cli import main

if __name__ == "__main__":
    main()
