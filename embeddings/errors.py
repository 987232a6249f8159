"""What is shown to a person, as a single line."""


class HoidapError(Exception):
    """Say what was expected, what was found and what to do; the command line prints it and exits with 2.

    Every other exception is a defect of the program and keeps its traceback.
    """


class EncoderError(HoidapError):
    """A model or a file of vectors cannot be used on this machine."""
