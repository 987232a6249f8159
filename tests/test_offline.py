"""Nothing leaves the machine: indexing, asking and the chat with every connection refused but loopback."""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

from gradio_client import Client

ROOT = Path(__file__).parent.parent

# Python runs this file before anything else in every process started with it on the path.
REFUSE = """
import os, sys

def _refuse(event, arguments):
    if event == "socket.connect":
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else None
    elif event == "socket.getaddrinfo":
        host = arguments[0]
    elif event in ("socket.sendto", "socket.gethostbyname"):
        host = arguments[-1][0] if isinstance(arguments[-1], tuple) else arguments[-1]
    else:
        return
    if isinstance(host, bytes):
        host = host.decode()
    if host in (None, "", "localhost", "::1", "0.0.0.0") or str(host).startswith("127."):
        return
    with open(os.environ["REFUSED_LOG"], "a") as log:
        log.write(f"{event} {host}\\n")
    raise ConnectionRefusedError(f"refused by the test: {host}")

sys.addaudithook(_refuse)
"""


def environment(tmp_path: Path) -> dict[str, str]:
    site = tmp_path / "site"
    site.mkdir()
    (site / "sitecustomize.py").write_text(REFUSE)
    # As a person has it: without the settings that the other tests are run under.
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("HF_", "GRADIO_", "TRANSFORMERS_"))
    }
    path = os.pathsep.join([str(site), str(ROOT)])
    return {**kept, "PYTHONPATH": path, "REFUSED_LOG": str(tmp_path / "refused")}


def test_indexing_asking_and_the_chat_need_no_network(tmp_path: Path) -> None:
    env = environment(tmp_path)
    hoidap = [sys.executable, "-m", "ui.cli"]
    index = ["--index", str(tmp_path / "index")]

    probe = "import socket; socket.create_connection(('192.0.2.1', 80), timeout=1)"
    refused = subprocess.run([sys.executable, "-c", probe], env=env, capture_output=True, text=True)
    assert "refused by the test" in refused.stderr  # the guard works
    (tmp_path / "refused").unlink()

    subprocess.run([*hoidap, "index", "seeds/articles", *index], env=env, cwd=ROOT, check=True, capture_output=True)
    asked = subprocess.run(
        [*hoidap, "ask", "Đảng bộ huyện Cao Lộc có bao nhiêu đảng viên?", *index],
        env=env,
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    assert "5.350 đảng viên" in asked.stdout
    assert asked.stderr == ""  # nor a warning on a person's screen

    chat = subprocess.Popen(
        [*hoidap, "chat", "--port", "0", *index],
        env=env,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert chat.stdout is not None
        line = chat.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:\d+/", line)
        assert found, line
        client = Client(found.group(), verbose=False)
        assert "Lê Quang Tùng" in str(client.predict("ai la truong doan giam sat so 1", api_name="/ask"))
        time.sleep(1)  # what is sent behind an answer would be sent by now
    finally:
        chat.terminate()
        chat.wait(timeout=20)
    assert not (tmp_path / "refused").exists(), (tmp_path / "refused").read_text()
