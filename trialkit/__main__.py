"""`python -m trialkit`: the command line."""

from trialkit.cli import main

if __name__ == "__main__":
    main()
