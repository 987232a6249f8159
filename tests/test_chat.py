"""The chat's server: where it can be served, and the page that it serves."""

from __future__ import annotations

import socket

import pytest
from sample_server import SAID, program, serve_sample

from qa import HoidapError
from ui.chat import serve_page


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    return serve_sample(tmp_path_factory.mktemp("index"))


def test_the_page_and_the_endpoints_are_served(address: str) -> None:
    with program(address) as http:
        assert "Hoidap" in http.get("/").text
        replied = http.post("/gradio_api/run/ask", json={"data": ["Có bao nhiêu đảng viên?", [], [], [], None, None]})
    assert SAID in replied.text


def test_the_login_pages_style_is_not_the_pages(address: str) -> None:
    with program(address) as http:
        assert "place-items: center; padding: 24px" not in http.get("/config").text


def test_port_in_use_is_one_clear_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(HoidapError) as raised:
            serve_page(lambda: pytest.fail("the page was made"), port=port)
    assert str(port) in str(raised.value)
    assert "--port" in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(("host", "port"), [("127.0.0.1", 70_000), ("khong-co.invalid", 0)], ids=["port", "host"])
def test_impossible_address_is_one_clear_line(host: str, port: int) -> None:
    with pytest.raises(HoidapError, match="cannot listen"):
        serve_page(lambda: pytest.fail("the page was made"), host, port)


def test_a_page_that_cannot_be_made_frees_the_port() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]

    def broken() -> None:
        raise HoidapError("The index is gone.")

    with pytest.raises(HoidapError, match="index is gone"):
        serve_page(broken, port=port)
    with socket.create_server(("127.0.0.1", port)):
        pass
