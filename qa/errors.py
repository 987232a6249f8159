"""What can go wrong in a way that a person should read: each is one line."""

from embeddings.errors import EncoderError, HoidapError

__all__ = ["CorpusError", "EncoderError", "HoidapError", "IndexBusy", "IndexUnusable"]


class CorpusError(HoidapError):
    """A path given as a corpus holds nothing that can be read."""


class IndexUnusable(HoidapError):
    """An index that is missing, damaged, or made by another model or a newer version."""


class IndexBusy(HoidapError):
    """Another process is writing to the index."""
