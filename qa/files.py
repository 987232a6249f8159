"""What several modules ask of a file before they touch it."""

from __future__ import annotations

import os
from pathlib import Path


def bytes_of(path: Path) -> int:
    """Give a file's bytes; none where it cannot be seen."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


def may_write(path: Path) -> bool:
    """Tell whether whoever runs this may write to a file or folder."""
    return os.access(path, os.W_OK, effective_ids=os.access in os.supports_effective_ids)
