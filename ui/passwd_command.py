"""`hoidap passwd`: the names and passwords that `hoidap chat --auth` lets in."""

from __future__ import annotations

import argparse
import getpass
import sys
from pathlib import Path
from typing import Any


def add_parser(subparsers: Any) -> None:
    """Add `passwd` to what `add_subparsers` returned; `options.run(options)` gives the exit code."""
    parser = subparsers.add_parser(
        "passwd",
        help="give a name a password for the chat, or take it out",
        description="Give a name a password for `hoidap chat --auth FILE`, or change it. The password is asked for "
        "twice, or read as one line from a pipe. A chat that runs takes the change at once.",
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="names and hashed passwords; made where there is none")
    parser.add_argument("name", metavar="NAME")
    parser.add_argument("--remove", action="store_true", help="take the name out instead")
    parser.set_defaults(run=_passwd)


def _passwd(options: argparse.Namespace) -> int:
    from ui.passwords import Account, remove_entry, set_entry

    if options.remove:
        remove_entry(options.file, options.name)
        print(f"{options.name} is out of {options.file}")
        return 0
    # Before anything is typed, so that a wrong name does not cost a person two passwords.
    Account.of(options.name, "x" * 8)
    had = set_entry(options.file, Account.of(options.name, _password(options.name)))
    print(f"{options.name} has a {'new password' if had else 'password'} in {options.file}")
    return 0


def _password(name: str) -> str:
    from qa import HoidapError

    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    try:
        password = getpass.getpass(f"Password for {name}: ")
        again = getpass.getpass("The same again: ")
    except EOFError:
        raise HoidapError("no password was typed: nothing was changed") from None
    if password != again:
        raise HoidapError("the two passwords differ: nothing was changed")
    return password
