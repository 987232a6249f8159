"""Where the chat may be served, and by which names."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from qa import HoidapError
from ui.chat import serve_page
from ui.cli import main
from ui.hosts import Hosts, check_exposure


def test_hosts_of_a_network_are_its_addresses_and_names() -> None:
    hosts = Hosts.of("0.0.0.0", "0.0.0.0", ["Archive.Toasoan.vn"])
    for name in (
        "192.168.1.5:7860",
        "[fd00::1]:7860",
        "archive.toasoan.vn",
        f"{socket.gethostname()}:7860",
        "localhost",
    ):
        assert hosts.allow(name)
    for name in ("attacker.invalid", "toasoan.vn", "archive.toasoan.vn.attacker.invalid", ""):
        assert not hosts.allow(name)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "", "192.0.2.7"])
def test_others_are_not_let_in_without_passwords(host: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["chat", "--host", host, "--index", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert "--auth" in said
    assert "hoidap passwd" in said
    assert said.count("\n") == 1
    with pytest.raises(HoidapError, match="--auth"):
        serve_page(lambda: pytest.fail("the page was made"), host, 0)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_this_machine_alone_needs_no_passwords(host: str) -> None:
    check_exposure(host, None)
