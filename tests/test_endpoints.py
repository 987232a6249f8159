"""The named endpoints, called over HTTP as programs call them: gradio_client, plain requests, curl and MCP."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import logging
import re
import shutil
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import fastapi
import gradio as gr
import httpx
import pytest
import uvicorn
from encoders import HashEncoder
from gradio_client import Client
from gradio_client.exceptions import AppError
from hypothesis import given
from hypothesis import strategies as st

import qa.assistant
from qa import Assistant, HoidapError, update_index
from ui.calls import LONGEST_QUESTION, MOST_HITS, Searched
from ui.endpoints import Blocks, Endpoints, check_mcp, register, tell_mcp_in_json
from ui.formats import answer_json, hits_json

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "tests" / "examples"
QUESTION = "Đảng bộ huyện Cao Lộc có bao nhiêu đảng viên?"
HAS_MCP = importlib.util.find_spec("mcp") is not None


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    folder = tmp_path_factory.mktemp("programs") / "index"
    update_index(ROOT / "seeds" / "articles", folder, encoder=HashEncoder())
    return Assistant.open(folder, encoder=HashEncoder(), answer_from=0)


@pytest.fixture(scope="module")
def address(assistant: Assistant) -> Iterator[str]:
    with Blocks(analytics_enabled=False) as chat:
        register(assistant)
    app = fastapi.FastAPI()
    gr.mount_gradio_app(app, chat, path="/", show_error=False, ssr_mode=False, mcp_server=HAS_MCP)
    if HAS_MCP:
        tell_mcp_in_json(chat)
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join(10)


@pytest.fixture(scope="module")
def client(address: str) -> Client:
    return Client(address, verbose=False, analytics_enabled=False)


def run(address: str, name: str, *values: object) -> httpx.Response:
    """Call an endpoint in one request."""
    with httpx.Client(base_url=address, trust_env=False, timeout=60) as http:
        return http.post(f"/gradio_api/run/{name}", json={"data": values})


def run_by_name(address: str, name: str, **values: object) -> tuple[str, Any]:
    """Call an endpoint by its parameters' names, in two requests; give the last event and its data."""
    with httpx.Client(base_url=address, trust_env=False, timeout=60) as http:
        event = http.post(f"/gradio_api/call/v2/{name}", json=values).json()["event_id"]
        *_, kind, data = http.get(f"/gradio_api/call/v2/{name}/{event}").text.strip().splitlines()
    return kind.removeprefix("event: "), json.loads(data.removeprefix("data: "))


def without_paths(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: without_paths(inner) for key, inner in value.items() if key != "path"}
    return [without_paths(inner) for inner in value] if isinstance(value, list) else value


def test_ask_gives_what_the_command_prints_but_for_places_on_the_server(client: Client, assistant: Assistant) -> None:
    printed = json.loads(json.dumps(answer_json(assistant.ask(QUESTION))))
    assert client.predict(QUESTION, api_name="/ask") == without_paths(printed)
    assert printed["answered"]


def test_retrieve_gives_what_the_command_prints_but_for_places_on_the_server(
    client: Client, assistant: Assistant
) -> None:
    printed = json.loads(json.dumps(hits_json(QUESTION, assistant.retrieve(QUESTION, 7))))
    assert client.predict(QUESTION, k=7, api_name="/retrieve") == without_paths(printed)


def test_every_quotation_is_the_articles_own_text(client: Client, assistant: Assistant) -> None:
    texts = {hit.article.id: hit.article.text for hit in assistant.retrieve("Đảng bộ", 100)}
    hits = client.predict("Đảng bộ", k=100, api_name="/retrieve")["hits"]
    assert len(hits) > 20
    for hit in hits:
        assert texts[hit["article"]][hit["start"] : hit["end"]] == hit["quote"]


def test_a_question_may_lean_on_those_before_it(client: Client, assistant: Assistant) -> None:
    follow_up, before = "Còn Đồng Tháp thì sao?", [QUESTION]
    expected = assistant.ask(follow_up, history=before)
    found = client.predict(follow_up, history=before, api_name="/ask")
    assert [citation["quote"] for citation in found["citations"]] == [cited.quote for cited in expected.citations]


@pytest.mark.parametrize("name", ["ask", "retrieve"])
def test_days_limit_what_is_searched(client: Client, name: str) -> None:
    key = {"ask": "citations", "retrieve": "hits"}[name]
    found = client.predict("Đảng bộ", since="13/4/2021", until="2021-04-13", api_name=f"/{name}")[key]
    assert {place["article"] for place in found} == {"000_a2cef3c2baf342ed.txt"}
    assert client.predict("Đảng bộ", since="2090-01-01", api_name=f"/{name}")[key] == []


@pytest.mark.parametrize("name", ["ask", "retrieve"])
def test_limits_reach_the_assistant_as_they_are_named(name: str, caplog: pytest.LogCaptureFixture) -> None:
    class Listening:
        folder = Path("index")

        def heard(self, question: str, *_: object, **limits: object) -> Any:
            raise HoidapError(f"heard {limits}")

        ask = retrieve = heard

    called = {"articles": ["a.txt", "b.txt"], "sources": ["Báo"], "since": "1/4/2021", "until": None}
    with pytest.raises(gr.Error):
        getattr(Endpoints(Listening()), name)("câu hỏi", **called)
    (line,) = caplog.messages
    assert "'articles': ['a.txt', 'b.txt'], 'sources': ['Báo'], 'since': datetime.date(2021, 4, 1)" in line
    assert "until" not in line


def test_articles_are_listed_in_pages_with_their_total(client: Client) -> None:
    everything = client.predict(api_name="/articles")
    assert everything["total"] == len(everything["articles"]) == 5
    pages = [client.predict(limit=2, offset=offset, api_name="/articles") for offset in (0, 2, 4, 6)]
    assert [page["total"] for page in pages] == [5, 5, 5, 5]
    assert [article for page in pages for article in page["articles"]] == everything["articles"]
    assert {"id", "title", "source", "published", "author", "url"} <= set(everything["articles"][0])


def test_articles_are_sought_by_words_source_and_day(client: Client) -> None:
    assert [article["id"] for article in client.predict("cao loc", api_name="/articles")["articles"]] == [
        "001_75822a0bf5c51fca.txt"
    ]
    assert client.predict(source="qto", api_name="/articles")["total"] == 1
    assert client.predict(since="2021-04-13", until="2021-04-13", api_name="/articles")["total"] == 1
    assert client.predict(text="không có chữ nào thế này", api_name="/articles") == {"total": 0, "articles": []}


WRONG: dict[str, tuple[str, dict[str, object], str]] = {
    "no question": ("ask", {"question": None}, "question: "),
    "empty question": ("ask", {"question": ""}, "question: must have a letter or digit"),
    "only signs": ("retrieve", {"question": "?!…"}, "question: must have a letter or digit"),
    "question too long": ("ask", {"question": "d" * (LONGEST_QUESTION + 1)}, "2000 characters"),
    "question a number": ("ask", {"question": 5}, "question: "),
    "question a file": ("ask", {"question": {"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}}}, "question"),
    "half a surrogate": ("ask", {"question": "Cao \ud800 Lộc"}, "question: "),
    "history a string": ("ask", {"question": "a", "history": "b"}, "history: "),
    "history of numbers": ("ask", {"question": "a", "history": ["b", 2]}, "history[1]: "),
    "endless history": ("ask", {"question": "a", "history": ["b"] * 31}, "history: "),
    "articles a string": ("ask", {"question": "a", "articles": "001.txt"}, "articles: "),
    "sources of nulls": ("retrieve", {"question": "a", "sources": [None]}, "sources[0]: "),
    "k of none": ("retrieve", {"question": "a", "k": 0}, "k: "),
    "k too large": ("retrieve", {"question": "a", "k": MOST_HITS + 1}, "k: "),
    "k as text": ("retrieve", {"question": "a", "k": "5"}, "k: "),
    "k true": ("retrieve", {"question": "a", "k": True}, "k: "),
    "no such day": ("ask", {"question": "a", "since": "31/4/2021"}, "since: must be a day"),
    "day a number": ("articles", {"until": 20210413}, "until: "),
    "day a book": ("articles", {"until": "1" * 100_000}, "until: must be a day"),
    "limit of none": ("articles", {"limit": 0}, "limit: "),
    "limit too large": ("articles", {"limit": 1001}, "limit: "),
    "offset below none": ("articles", {"offset": -1}, "offset: "),
    "offset beyond numbers": ("articles", {"offset": 10**30}, "offset: "),
    "text a list": ("articles", {"text": ["a"]}, "text: "),
}


@pytest.mark.parametrize(("name", "values", "said"), WRONG.values(), ids=WRONG.keys())
def test_what_is_wrong_comes_back_as_one_line(address: str, name: str, values: dict[str, object], said: str) -> None:
    defaults: dict[str, list[tuple[str, object]]] = {
        "ask": [
            ("question", "a"),
            ("history", []),
            ("articles", []),
            ("sources", []),
            ("since", None),
            ("until", None),
        ],
        "retrieve": [("question", "a"), ("k", 5), ("articles", []), ("sources", []), ("since", None), ("until", None)],
        "articles": [("text", ""), ("source", ""), ("since", None), ("until", None), ("limit", 5), ("offset", 0)],
    }
    values = {key: values.get(key, default) for key, default in defaults[name]}
    body = json.dumps({"data": list(values.values())})
    with httpx.Client(base_url=address, trust_env=False, timeout=60) as http:
        answered = http.post(f"/gradio_api/run/{name}", content=body, headers={"Content-Type": "application/json"})
    assert answered.status_code == 500
    error = answered.json()["error"]
    assert said in error
    assert "\n" not in error
    assert len(error) < 200


def test_what_is_wrong_reaches_gradios_own_client(client: Client, address: str) -> None:
    with pytest.raises(AppError) as raised:
        client.predict(QUESTION, k=1000, api_name="/retrieve")
    assert raised.value.message == "k: Input should be less than or equal to 100"
    kind, told = run_by_name(address, "retrieve", question=QUESTION, k=1000)
    assert (kind, told["error"]) == ("error", "k: Input should be less than or equal to 100")


def test_one_request_may_leave_the_last_values_out(address: str, client: Client) -> None:
    expected = client.predict(QUESTION, api_name="/ask")
    assert run(address, "ask", QUESTION).json()["data"] == [expected]
    assert run(address, "ask", QUESTION, None, None, None, None, None).json()["data"] == [expected]
    assert run_by_name(address, "ask", question=QUESTION) == ("complete", [expected])
    assert run(address, "articles").json()["data"][0]["total"] == 5
    assert run(address, "ask").json()["error"] == "question: Input should be a valid string"


@pytest.mark.parametrize("fails", [HoidapError("/secret/index was built by another model"), RuntimeError("secret")])
def test_failures_are_in_the_log_and_not_in_the_reply(fails: Exception, caplog: pytest.LogCaptureFixture) -> None:
    class Failing:
        folder = Path("nowhere/secret")

        def ask(self, *_: object, **__: object) -> Any:
            raise fails

        retrieve = ask

    endpoints = Endpoints(Failing())
    for call in (endpoints.ask, endpoints.retrieve):
        with caplog.at_level(logging.ERROR), pytest.raises(gr.Error) as raised:
            call(QUESTION)
        assert raised.value.message == "the server failed on this; its log says why"
        assert not raised.value.print_exception
    assert "secret" in caplog.text
    with pytest.raises(gr.Error, match="its log says why"):
        endpoints.articles()


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


def _refusal(call: Callable[..., object], values: Sequence[object]) -> str | None:
    try:
        call(*values)
    except gr.Error as error:
        return str(error.message)
    return None


@given(st.lists(json_values, min_size=6, max_size=6))
def test_whatever_is_given_is_answered_or_refused_in_one_line(given_values: list[Any]) -> None:
    class Silent:
        folder = Path("nowhere")

        def ask(self, question: str, **_: object) -> Any:
            raise HoidapError(question)

        def retrieve(self, question: str, k: int, **_: object) -> list[Any]:
            assert 1 <= k <= MOST_HITS
            return []

    endpoints = Endpoints(Silent())
    for call in (endpoints.ask, endpoints.retrieve, endpoints.articles):
        message = _refusal(call, given_values)
        assert message is None or (message and "\n" not in message)


@given(st.dates())
def test_days_are_read_as_the_command_line_reads_them(chosen: date) -> None:
    for written in (chosen.isoformat(), f"{chosen.day}/{chosen.month}/{chosen.year:04}"):
        assert Searched.model_validate({"question": "a", "since": written}).scope() == {"since": chosen}


# --- the README's examples -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(path.name for path in EXAMPLES.iterdir() if path.is_file()))
def test_readme_shows_the_examples_that_run_here(name: str) -> None:
    blocks = re.findall(r"^```\w+\n(.*?)^```$", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE | re.DOTALL)
    assert (EXAMPLES / name).read_text("utf-8") in blocks


def test_the_example_in_python_runs(address: str, capsys: pytest.CaptureFixture[str]) -> None:
    source = (EXAMPLES / "ask_over_http.py").read_text("utf-8").replace("http://127.0.0.1:7860", address)
    exec(compile(source, "ask_over_http.py", "exec"), {})
    answered, *hits, total = capsys.readouterr().out.splitlines()
    assert answered != "The articles do not say."
    assert [line for line in hits if line.startswith("Ban Thường vụ Tỉnh ủy Quảng Trị")]
    assert int(total) == 1


def test_the_example_with_curl_runs(address: str, client: Client) -> None:
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    command = (EXAMPLES / "ask_over_http.sh").read_text("utf-8").replace("http://127.0.0.1:7860", address)
    done = subprocess.run(["sh", "-c", f"no_proxy=127.0.0.1 {command}"], capture_output=True, check=True)
    assert json.loads(done.stdout)["data"] == [client.predict(QUESTION, api_name="/ask")]


def test_the_example_without_a_server_runs(
    assistant: Assistant, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(qa.assistant, "_default_assistant", lambda folder: assistant)
    exec(compile((EXAMPLES / "retrieve.py").read_text("utf-8"), "retrieve.py", "exec"), {})
    assert len(capsys.readouterr().out.splitlines()) >= 3


# --- MCP -------------------------------------------------------------------------------------------------


def test_mcp_serves_the_three_tools_and_no_other(address: str, client: Client) -> None:
    pytest.importorskip("mcp")
    from mcp import ClientSession
    from mcp.client.streamable_http import streamable_http_client

    async def talk() -> None:
        async with (
            streamable_http_client(f"{address}/gradio_api/mcp/") as (reading, writing, _),
            ClientSession(reading, writing) as session,
        ):
            await session.initialize()
            tools = {tool.name: tool for tool in (await session.list_tools()).tools}
            assert set(tools) == {"ask", "retrieve", "articles"}
            assert "word for word" in (tools["ask"].description or "")
            assert tools["ask"].inputSchema["required"] == ["question"]
            for tool in tools.values():
                assert all(about["description"] for about in tool.inputSchema["properties"].values())
            answered = await session.call_tool("ask", {"question": QUESTION})
            (told,) = answered.content
            assert json.loads(told.text) == client.predict(QUESTION, api_name="/ask")
            refused = await session.call_tool("retrieve", {"question": QUESTION, "k": 1000})
            assert refused.isError
            assert "less than or equal to 100" in refused.content[0].text
            listed = await session.call_tool("articles", {"text": "cao loc"})
            assert json.loads(listed.content[0].text)["total"] == 1

    asyncio.run(talk())


def test_mcp_without_its_package_is_one_line_with_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(HoidapError, match=re.escape("pip install 'hoidap[mcp]'")) as raised:
        check_mcp()
    assert "\n" not in str(raised.value)
