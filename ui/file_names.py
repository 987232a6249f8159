"""Names of files that any system can keep."""

from __future__ import annotations

import os
import re
import unicodedata

NAME_BYTES = 255
_SUFFIX_ROOM = len(" (999)")
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?=\.|$)", re.IGNORECASE)


def safe_name(given: str) -> str:
    """Give a file's name that any system can keep: no folders, no signs that do not show, at most 255 bytes.

    Its suffix is in lower case. Letters stay as they are, in NFC.
    """
    name = unicodedata.normalize("NFC", given.encode("utf-8", "replace").decode("utf-8"))
    name = re.split(r"[/\\]", name)[-1]
    name = "".join("_" if sign in '<>:"|?*' else " " if sign.isspace() else sign for sign in name)
    name = "".join(filter(str.isprintable, name))
    name = unicodedata.normalize("NFC", " ".join(name.split()).lstrip(". ").rstrip(". "))
    stem, suffix = os.path.splitext(name)
    stem, suffix = (name, "") if len(suffix.encode()) > 20 else (stem.rstrip(". "), suffix.lower())
    if not stem:
        stem = "tệp"
    if _RESERVED.match(stem):
        stem = f"_{stem}"
    room = NAME_BYTES - _SUFFIX_ROOM - len(suffix.encode())
    return stem.encode()[:room].decode("utf-8", "ignore").rstrip(". ") + suffix
