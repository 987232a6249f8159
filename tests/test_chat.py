"""The chat's server, asked over HTTP as the page asks it."""

from __future__ import annotations

import logging
import socket

import httpx
import pytest
from gradio_client import Client
from sample_answers import FakeAssistant, answer, article, citation, serve_in_background

from qa import Answer, HoidapError
from ui import render
from ui.chat import serve

SOURCE = article("Đảng bộ huyện có 5.350 đảng viên. Câu khác.", title="Tin huyện", published="2020-05-22")
SAID = "Đảng bộ huyện có 5.350 đảng viên."


def respond(question: str) -> Answer:
    if question == "hỏng":
        raise HoidapError("The index was built by another model.")
    if question == "lỗi":
        raise RuntimeError("secret detail")
    if question.startswith("ngoài"):
        return answer(citation(SOURCE, SOURCE.text, SAID), answered=False)
    return answer(citation(SOURCE, SOURCE.text, SAID))


@pytest.fixture(scope="module")
def address() -> str:
    return serve_in_background(FakeAssistant(respond))


@pytest.fixture
def client(address: str) -> Client:
    return Client(address, verbose=False, analytics_enabled=False)


def ask(client: Client, question: str | None) -> str:
    return str(client.predict(question, api_name="/ask")[0])


def test_an_answer_is_quoted_and_cited(client: Client) -> None:
    html = ask(client, "Có bao nhiêu đảng viên?")
    assert "Có bao nhiêu đảng viên?" in html
    assert f"<mark>{SAID}</mark>" in html
    assert "22/05/2020" in html
    assert 'href="#luot-1-doan-1"' in html


def test_a_conversation_keeps_its_turns_and_another_starts_afresh(client: Client, address: str) -> None:
    ask(client, "câu thứ nhất")
    both = ask(client, "ngoài kho")
    assert both.index("câu thứ nhất") < both.index("ngoài kho")
    assert render.NOT_ANSWERED in both
    assert "câu thứ nhất" not in ask(Client(address, verbose=False, analytics_enabled=False), "câu khác")


@pytest.mark.parametrize("question", ["", "   ", "?!…", None], ids=["empty", "spaces", "signs", "null"])
def test_no_question_is_answered_calmly(client: Client, question: str | None) -> None:
    assert render.NO_QUESTION in ask(client, question)


def test_very_long_question_is_answered(client: Client) -> None:
    html = ask(client, "dài " * 25_000)
    assert f"<mark>{SAID}</mark>" in html
    assert len(html) < 10_000


@pytest.mark.parametrize("question", ["hỏng", "lỗi"])
def test_failures_are_told_in_vietnamese_and_detailed_in_the_log(
    client: Client, question: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        html = ask(client, question)
    assert render.FAILED in html
    assert "another model" not in html
    assert "secret" not in html
    logged = caplog.text
    assert ("another model" in logged and "Traceback" not in logged) if question == "hỏng" else "secret" in logged


def test_port_in_use_is_one_clear_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(HoidapError) as raised:
            serve(FakeAssistant(respond), port=port)
    assert str(port) in str(raised.value)
    assert "--port" in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(("host", "port"), [("127.0.0.1", 70_000), ("khong-co.invalid", 0)], ids=["port", "host"])
def test_impossible_address_is_one_clear_line(host: str, port: int) -> None:
    with pytest.raises(HoidapError, match="cannot listen"):
        serve(FakeAssistant(respond), host=host, port=port)


@pytest.mark.parametrize("path", ["/gradio_api/upload", "/gradio_api/file=/etc/hostname", "/gradio_api/proxy=x"])
def test_files_are_neither_taken_nor_given(address: str, path: str) -> None:
    with httpx.Client(base_url=address, trust_env=False) as http:
        assert http.get(path).status_code == 404
        assert http.post(path, files={"files": b"x"}).status_code == 404


def test_page_may_load_nothing_from_elsewhere(address: str) -> None:
    with httpx.Client(base_url=address, trust_env=False) as http:
        page = http.get("/")
    assert page.headers["content-security-policy"].startswith("default-src 'self' data: blob:;")
