"""Coming in with a name and a password: by the page, by gradio_client, by HTTP Basic; and going out."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from unicodedata import normalize
from urllib.parse import urlsplit

import httpx
import pytest
from gradio_client import Client
from gradio_client.exceptions import AuthenticationError
from hypothesis import given
from hypothesis import strategies as st
from sample_server import NAME, PASSWORD, SAID, browser, password_file, program, serve_sample

from ui import login
from ui.chat import ServeOptions
from ui.login import safe_path
from ui.passwords import Account, Passwords, remove_entry, set_entry
from ui.sessions import IDLE_SECONDS, Guesses, Sessions

WRONG = "sai mật khẩu rồi"
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("index")


@pytest.fixture(scope="module")
def auth(folder: Path) -> Path:
    return password_file(folder)


@pytest.fixture(scope="module")
def address(folder: Path, auth: Path) -> str:
    return serve_sample(folder, ServeOptions(auth=auth))


@pytest.fixture
def http(address: str) -> Iterator[httpx.Client]:
    with browser(address) as client:
        yield client


def enter(http: httpx.Client, name: str = NAME, password: str = PASSWORD, onward: str = "/") -> httpx.Response:
    return http.post("/login", data={"username": name, "password": password, "next": onward})


def echo(http: httpx.Client) -> httpx.Response:
    parts = http.get("/config").json()["components"]
    number = next(part["id"] for part in parts if part["type"] == "html")
    body = {"data": {}, "fn_name": "echo", "component_id": number, "session_hash": "abc"}
    return http.post("/gradio_api/component_server", json=body)


def test_who_comes_in_by_the_page_gets_what_was_asked_for_and_is_known_by_name(http: httpx.Client) -> None:
    asked = http.get("/?bai=a%20b.txt")
    assert asked.status_code == 303
    shown = http.get(asked.headers["location"])
    assert shown.status_code == 200
    assert 'name="next" value="/?bai=a%20b.txt"' in shown.text
    assert "<script" not in shown.text
    entered = enter(http, onward="/?bai=a%20b.txt")
    assert (entered.status_code, entered.headers["location"]) == (303, "/?bai=a%20b.txt")
    assert "gradio" in http.get("/").text
    assert echo(http).json()["owner"] == NAME
    assert http.get("/login").status_code == 303  # is in already


def test_a_session_is_the_browsers_own_and_its_cookie_is_kept_from_scripts(address: str, http: httpx.Client) -> None:
    cookie = enter(http).headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "samesite=strict" in cookie.lower()
    assert "Secure" not in cookie
    again = enter(http).headers["set-cookie"]
    assert again.split(";")[0] != cookie.split(";")[0]
    with browser(address) as other:
        other.headers["Cookie"] = cookie.split(";")[0]
        assert other.get("/config").status_code == 303  # the first session ended with the second
    with browser(address, Host="localhost", Origin="https://localhost") as behind_tls:
        assert "Secure" in enter(behind_tls).headers["set-cookie"]


def test_going_out_ends_the_session(address: str, http: httpx.Client) -> None:
    kept = enter(http).headers["set-cookie"].split(";")[0]
    assert http.get("/logout").status_code == 405  # no link or picture may do it
    left = http.post("/logout")
    assert (left.status_code, left.headers["location"]) == (303, "/login")
    with program(address, headers={"Cookie": kept}) as old:
        assert old.get("/config").status_code == 401


@pytest.mark.parametrize(
    ("name", "password", "told"),
    [
        (NAME, WRONG, login.WRONG),
        ("không-có", PASSWORD, login.WRONG),
        (NAME, "", login.INCOMPLETE),
        ("", "", login.INCOMPLETE),
    ],
    ids=["password", "name", "no-password", "nothing"],
)
def test_what_is_wrong_is_told_on_the_page(http: httpx.Client, name: str, password: str, told: str) -> None:
    shown = enter(http, name, password, "/?bai=x")
    assert shown.status_code == 401
    assert f'role="alert">{told}' in shown.text
    assert f'value="{name}"' in shown.text
    assert 'value="/?bai=x"' in shown.text
    assert PASSWORD not in shown.text
    assert "set-cookie" not in shown.headers


def test_a_link_from_another_site_finds_the_session_again(http: httpx.Client) -> None:
    shown = http.get(
        "/login", headers={"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    )
    assert '<meta http-equiv="refresh" content="0">' in shown.text
    assert "refresh" not in http.get("/login", headers={"Sec-Fetch-Site": "same-origin"}).text


def test_programs_come_in_with_gradio_client(address: str) -> None:
    client = Client(address, auth=(NAME, PASSWORD), verbose=False, analytics_enabled=False)
    assert client.predict("Có bao nhiêu đảng viên?", api_name="/ask")["answer"] == SAID
    with pytest.raises(AuthenticationError):
        Client(address, auth=(NAME, WRONG), verbose=False, analytics_enabled=False)
    with pytest.raises(AuthenticationError):
        Client(address, verbose=False, analytics_enabled=False)


def test_programs_come_in_with_http_basic(address: str) -> None:
    with program(address, auth=(NAME, PASSWORD)) as http:
        assert echo(http).json()["owner"] == NAME
    with program(address, auth=(NAME, WRONG)) as http:
        refused = http.get("/config")
    assert refused.status_code == 401
    assert refused.headers["www-authenticate"].startswith("Basic ")
    with browser(address, **{"Sec-Fetch-Mode": "cors"}) as http:
        assert "www-authenticate" not in http.get("/gradio_api/info").headers  # or the browser asks in a box of its own


def test_twenty_first_requests_of_a_program_at_once_are_all_let_in(folder: Path, auth: Path) -> None:
    address = serve_sample(folder, ServeOptions(auth=auth))

    def one(_: int) -> int:
        with program(address, auth=(NAME, PASSWORD)) as http:
            return http.get("/config").status_code

    with ThreadPoolExecutor(20) as many:
        assert set(many.map(one, range(20))) == {200}


def test_who_is_taken_out_of_the_file_or_gets_another_password_is_out(tmp_path: Path) -> None:
    auth = password_file(tmp_path)
    set_entry(auth, Account.of("khác", PASSWORD))
    address = serve_sample(tmp_path, ServeOptions(auth=auth))
    with program(address, auth=("khác", PASSWORD)) as basic, browser(address) as page:
        enter(page)
        assert (basic.get("/config").status_code, page.get("/config").status_code) == (200, 200)
        remove_entry(auth, "khác")
        set_entry(auth, Account.of(NAME, "một mật khẩu mới"))
        assert (basic.get("/config").status_code, page.get("/config").status_code) == (401, 303)


@pytest.fixture
def standing_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no time pass for who waits."""
    monkeypatch.setattr(login, "Guesses", partial(Guesses, clock=lambda: 0.0))


@pytest.mark.usefixtures("standing_clock")
def test_guessing_is_slowed_and_told_so(tmp_path: Path) -> None:
    address = serve_sample(tmp_path, ServeOptions(auth=password_file(tmp_path)))
    with browser(address) as http:
        shown = [enter(http, NAME, f"{WRONG} {number}") for number in range(7)]
        assert [answer.status_code for answer in shown[:5]] == [401] * 5
        assert shown[-1].status_code == 429
        assert int(shown[-1].headers["retry-after"]) >= 1
        assert "Bạn hãy đợi" in shown[-1].text
        assert enter(http).status_code == 429  # nor the right one, or a guess could be tried
        assert http.get("/login").status_code == 200
    with program(address, auth=(NAME, WRONG)) as http:
        assert http.get("/config").status_code == 429


@pytest.mark.usefixtures("standing_clock")
def test_guesses_of_one_person_behind_a_proxy_keep_nobody_else_out(tmp_path: Path) -> None:
    auth = password_file(tmp_path)
    set_entry(auth, Account.of("khác", PASSWORD))
    address = serve_sample(tmp_path, ServeOptions(auth=auth))
    with browser(address) as http:
        guesses = [enter(http, "khác", f"{WRONG} {number}").status_code for number in range(6)]
        guesses += [enter(http, f"tên-{number}", WRONG).status_code for number in range(25)]
        assert guesses == [401] * 5 + [429] + [401] * 25
        assert enter(http).status_code == 303
        assert enter(http, "khác").status_code == 429


@pytest.mark.usefixtures("standing_clock")
def test_after_very_many_guesses_an_address_waits_a_second(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Passwords, "checked", lambda *_: None)
    address = serve_sample(tmp_path, ServeOptions(auth=password_file(tmp_path)))
    with browser(address) as http:
        answered = [enter(http, f"tên-{number}", WRONG) for number in range(102)]
    assert [answer.status_code for answer in answered] == [401] * 100 + [429] * 2
    assert answered[-1].headers["retry-after"] == "1"


@pytest.mark.usefixtures("standing_clock")
def test_a_name_written_another_way_is_the_same_name_to_guess_at(tmp_path: Path) -> None:
    name = "Ngữ-ệ"
    address = serve_sample(tmp_path, ServeOptions(auth=password_file(tmp_path, name)))
    ways = [
        normalize("NFC", name),
        normalize("NFD", name),
        normalize("NFD", "Ngữ") + "-ệ",
        "Ngữ-" + normalize("NFD", "ệ"),
    ]
    with browser(address) as http:
        answered = [enter(http, ways[number % 4], f"{WRONG} {number}").status_code for number in range(8)]
    assert answered == [401] * 5 + [429] * 3


# --- the parts -------------------------------------------------------------------------------------------


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_session_ends_twelve_hours_after_its_last_use() -> None:
    clock = Clock()
    sessions, entry = Sessions(clock), Account("lan", b"", b"")
    token = sessions.open(entry)
    for _ in range(3):
        clock.now += IDLE_SECONDS - 1
        assert sessions.entry(token) == entry
    clock.now += IDLE_SECONDS + 1
    assert sessions.entry(token) is None
    assert len(token) >= 40


def test_waits_double_up_to_a_bound_and_end_with_the_right_password() -> None:
    clock = Clock()
    guesses = Guesses(free=3, longest_wait_seconds=60, clock=clock)
    waits = []
    for _ in range(12):
        guesses.failed("lan")
        waits.append(guesses.wait_seconds("lan"))
    assert waits[:6] == [0, 0, 1, 2, 4, 8]
    assert waits[-1] == 60
    assert guesses.wait_seconds("an") == 0
    guesses.take_back("lan", every=True)
    assert guesses.wait_seconds("lan") == 0


def test_guesses_at_countless_names_are_not_all_kept() -> None:
    guesses = Guesses(free=1, longest_wait_seconds=60)
    for number in range(10_050):
        guesses.failed(f"tên {number}")
    assert len(guesses._counts) == 10_000
    assert guesses.wait_seconds("tên 10049") > 0


@given(st.text(alphabet=st.sampled_from("/\\.:@#?%ab\t\n \0ả")) | st.text())
def test_a_path_to_go_on_to_is_of_this_server(text: str) -> None:
    path = safe_path(text)
    assert path in (text, "/")
    assert path.startswith("/")
    assert urlsplit(f"http://here{path}").netloc == "here"
    assert not path.startswith(("//", "/\\"))
    assert path.isascii()
    assert path.isprintable()


# --- as a person sees it ---------------------------------------------------------------------------------


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on PATH: run tests/browser/install.sh")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_a_person_comes_in_without_a_script(tmp_path: Path, width: int, scheme: str) -> None:
    playwright_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    address = serve_sample(tmp_path, ServeOptions(auth=password_file(tmp_path)))
    with playwright_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        context = chromium.new_context(
            viewport={"width": width, "height": 700}, color_scheme=scheme, java_script_enabled=False
        )
        page = context.new_page()
        page.goto(f"{address}/?bai=x")
        assert page.locator("html").get_attribute("lang") == "vi"
        assert page.get_by_label("Tên", exact=True).bounding_box()["height"] >= 44
        page.get_by_label("Tên", exact=True).fill(NAME)
        page.get_by_label("Mật khẩu").fill(WRONG)
        page.get_by_role("button", name="Đăng nhập").click()
        assert page.get_by_role("alert").inner_text() == login.WRONG
        if folder := os.environ.get("HOIDAP_SCREENSHOTS"):
            page.screenshot(path=f"{folder}/login-{width}-{scheme}.png")
        page.get_by_label("Mật khẩu").fill(PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url(f"{address}/?bai=x")
        chromium.close()
