"""Where the chat may be served, and by which names it may be known there."""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from qa import HoidapError

__all__ = ["Hosts", "check_exposure", "is_loopback"]

_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?")


@dataclass(frozen=True)
class Hosts:
    """The names that a browser may know this server by; any other is a page elsewhere that was pointed here.

    The port is not looked at: it may be another one through a tunnel. Addresses cannot be pointed elsewhere by DNS.
    """

    names: frozenset[str]
    addresses: bool

    @classmethod
    def of(cls, bound: str, host: str, names: Iterable[str] = ()) -> Hosts:
        """Give those of a server bound to an address that was asked for as `host`, and those named besides."""
        known = {"localhost", *(name.lower() for name in names)}
        if is_loopback(bound):
            return cls(frozenset(known), addresses=False)
        machine = socket.gethostname().lower()
        return cls(frozenset({*known, host.lower(), machine, f"{machine}.local"}), addresses=True)

    def allow(self, header: str) -> bool:
        """Tell whether a `Host` header names this server."""
        found = _HOST.fullmatch(header.lower())
        if not found:
            return False
        name = found[1].strip("[]")
        try:
            address = ipaddress.ip_address(name)
        except ValueError:
            return name in self.names
        return self.addresses or address.is_loopback


def is_loopback(address: str) -> bool:
    """Tell whether an address is this machine's own, that no other reaches."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def check_exposure(host: str, auth: Path | None) -> None:
    """Raise HoidapError where others could reach the chat without a password. A host that is not found is let pass."""
    if auth is not None:
        return
    try:
        # An empty host is every address there is.
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM) if host else []
    except (OSError, UnicodeError):
        return
    if not found or not all(is_loopback(str(address[4][0])) for address in found):
        raise HoidapError(
            f"on {host or 'every address'} others could read the articles without a password: make one with "
            "`hoidap passwd FILE NAME` and add --auth FILE, or leave --host out"
        )
