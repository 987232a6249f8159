"""The `hoidap` command: what a person types, and what it calls.

Only argparse is imported here: `hoidap --help` answers at once, and a command loads what it needs itself.
Exit codes: 0; 1 for a failed check or something skipped; 2 for misuse and what a person can mend.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ui.arguments import add_answer_from, add_exclude, add_index, add_model, day, positive
from ui.calibrate_command import add_parser as add_calibrate
from ui.corpus_commands import add_parsers as add_corpus_commands
from ui.eval_command import add_parsers
from ui.feedback_command import add_parser as add_feedback
from ui.passwd_command import add_parser as add_passwd
from ui.watch_command import add_parser as add_watch

_EPILOG = """examples:
  hoidap index articles/                    index a folder of text files, pages, PDF, Word, archives…
  hoidap watch articles/                    the same, and go on with whatever changes there
  hoidap ask "Đảng bộ huyện Cao Lộc có bao nhiêu đảng viên?"
  hoidap search "đoàn giám sát số 1" -k 5 --json
  hoidap chat                               the chat in the browser; hoidap passwd FILE NAME is for --auth FILE
  hoidap eval questions.jsonl               measure the answers; hoidap calibrate questions.jsonl sets when to refuse
  hoidap list --text "Cao Lộc"              the articles in the index; hoidap remove ARTICLE takes one out
  hoidap verify                             check every citation against its source; hoidap doctor, everything else
  hoidap backup archive.hoidap              a copy to keep; hoidap restore brings it back
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return its exit code."""
    for stream in (sys.stdout, sys.stderr):
        # A file name or question that is not UTF-8 must not end in a traceback when it is printed.
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except KeyboardInterrupt:
        print("\nstopped", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The reader of our output has gone; Python's own flush at exit must not complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        from qa import HoidapError

        if not isinstance(error, HoidapError):
            raise
        print(f"hoidap: {error}", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="hoidap",
        description="Ask Vietnamese questions of your own articles. The answer is a quotation with its place.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)

    index = _command(commands, "index", _index, "read articles and bring an index up to date with them")
    index.add_argument(
        "paths", nargs="*", type=Path, metavar="PATH", help="a folder, a file, or a pattern such as 'news/**/*.pdf'"
    )
    index.add_argument("--prune", action="store_true", help="remove articles whose files under PATH are gone")
    add_exclude(index)
    index.add_argument(
        "--rebuild", action="store_true", help="split and encode everything again, with another --model too"
    )
    index.add_argument("--wait", type=float, default=10.0, metavar="SECONDS", help="for another writer (default 10)")
    add_model(index)
    _add_json(index)

    search = _command(commands, "search", _search, "list the passages that fit a question")
    search.add_argument("question")
    search.add_argument("-k", type=positive, default=5, help="how many (default 5)")
    _add_scope(search)
    add_model(search)
    _add_json(search)

    ask = _command(commands, "ask", _ask, "answer a question with a quotation")
    ask.add_argument("question")
    ask.add_argument(
        "--after",
        action="append",
        default=[],
        metavar="QUESTION",
        help="a question asked before this one, which it may lean on; repeatable, the oldest first",
    )
    _add_scope(ask)
    add_answer_from(ask)
    add_model(ask)
    _add_json(ask)

    chat = _command(commands, "chat", _chat, "serve the chat for the browser")
    chat.add_argument(
        "--host", default="127.0.0.1", help="address to serve on (default 127.0.0.1); another needs --auth"
    )
    chat.add_argument("--port", type=int, default=7860, help="port to serve on (default 7860; 0 for any free one)")
    chat.add_argument(
        "--auth",
        type=Path,
        metavar="FILE",
        help="let in only those in FILE, which `hoidap passwd` writes; to slow down who guesses passwords, wrong ones "
        "are counted by name and address, and behind a proxy all have the proxy's address: limit logins there, too",
    )
    chat.add_argument(
        "--name",
        action="append",
        default=[],
        metavar="HOST",
        help="a host name that people reach the chat by, such as that of a proxy before it; repeatable",
    )
    chat.add_argument("--example", action="append", default=[], metavar="QUESTION", help="offer a question; repeatable")
    chat.add_argument(
        "--mcp", action="store_true", help="serve ask, retrieve and articles as tools for language models' clients, too"
    )
    add_answer_from(chat)
    add_model(chat)

    add_parsers(commands)
    add_calibrate(commands)
    add_watch(commands)
    add_passwd(commands)
    add_feedback(commands)
    add_corpus_commands(commands)

    verify = _command(commands, "verify", _verify, "check every citation, and the derived indexes against the store")
    _add_json(verify)
    return parser


def _command(commands: Any, name: str, run: Any, what: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=what, description=what[0].upper() + what[1:] + ".")
    add_index(parser)
    parser.set_defaults(run=run)
    return parser


def _add_scope(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--article", action="append", default=[], metavar="ID",
        help="only this article, by its id as `hoidap list` shows it; repeatable",
    )  # fmt: skip
    parser.add_argument(
        "--source", action="append", default=[], metavar="NAME",
        help="only articles of this source, written as `hoidap list` shows it; repeatable",
    )  # fmt: skip
    what = "only articles published {} this day, such as 2021-04-13 or 13/4/2021; those without a date are left out"
    parser.add_argument("--from", dest="since", type=day, metavar="DAY", help=what.format("from"))
    parser.add_argument("--to", dest="until", type=day, metavar="DAY", help=what.format("up to"))


def _add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print JSON")


def _print_json(value: object) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2))


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


# --- commands --------------------------------------------------------------------------------------------


def _index(options: argparse.Namespace) -> int:
    from qa import CorpusError, UpdateOptions, update_index
    from ui.progress import IndexingBar
    from ui.terminal import report_lines

    if not options.paths and not options.rebuild:
        raise CorpusError("name a folder or file to index: hoidap index PATH…")
    with IndexingBar() as bar:
        report = update_index(
            options.paths,
            options.index,
            model=options.model,
            options=UpdateOptions(options.prune, options.rebuild, options.wait, tuple(options.exclude)),
            progress=bar.show,
            skipped=lambda skipped: bar.write(f"skipped {skipped}"),
            converted=lambda converted: bar.write(str(converted)),
            report=bar.write,
        )
    if options.json:
        from ui.formats import report_json

        _print_json(report_json(report))
    else:
        print("\n".join(report_lines(report, options.index)))
    return 1 if report.skipped else 0


def _search(options: argparse.Namespace) -> int:
    assistant = _opened(options)
    hits = assistant.retrieve(_checked(options.question), options.k, **_scope(options, assistant))
    if options.json:
        from ui.formats import hits_json

        _print_json(hits_json(options.question, hits))
    else:
        from ui.terminal import has_colours, hit_lines

        print("\n".join(hit_lines(hits, has_colours())))
    return 0


def _ask(options: argparse.Namespace) -> int:
    assistant = _opened(options)
    answer = assistant.ask(_checked(options.question), history=options.after, **_scope(options, assistant))
    if options.json:
        from ui.formats import answer_json

        _print_json(answer_json(answer))
    else:
        from ui.terminal import answer_lines, has_colours

        print("\n".join(answer_lines(answer, has_colours())))
    return 0


def _chat(options: argparse.Namespace) -> int:
    from ui.hosts import check_exposure
    from ui.passwords import read_entries

    # Now rather than after the seconds that the model takes.
    check_exposure(options.host, options.auth)
    if options.auth:
        read_entries(options.auth)
    if options.mcp:
        from ui.endpoints import check_mcp

        check_mcp()
    # The model is loaded in its process while Gradio is imported here.
    assistant = _opened(options, apart=True)
    _say(f"Loading the model and the page for {assistant.summary().articles} articles…")
    from ui.chat import ServeOptions, serve

    assistant.warm_up()
    serve(
        assistant,
        host=options.host,
        port=options.port,
        examples=options.example,
        on_ready=lambda url: print(f"Hoidap answers at {url} (Ctrl-C stops it)", flush=True),
        options=ServeOptions(options.auth, tuple(options.name), options.mcp),
    )
    return 0


def _verify(options: argparse.Namespace) -> int:
    from qa import verify

    verification = verify(options.index)
    if options.json:
        from ui.formats import verification_json

        _print_json(verification_json(verification))
    else:
        from ui.terminal import verification_lines

        print("\n".join(verification_lines(verification, options.index)))
    return 1 if verification.problems else 0


def _opened(options: argparse.Namespace, *, apart: bool = False) -> Any:
    from qa import Assistant

    answer_from = getattr(options, "answer_from", None)
    return Assistant.open(options.index, model=options.model, answer_from=answer_from, apart=apart)


def _scope(options: argparse.Namespace, assistant: Any) -> dict[str, Any]:
    """Give what a question is limited to. Raises CorpusError for an id that the index does not hold."""
    from qa import CorpusError, near_ids

    unknown = [name for name in options.article if assistant.article(name) is None]
    if unknown:
        near = {name: near_ids(name, options.index) for name in unknown}
        hints = [f"near {name!r}: {', '.join(found)}" for name, found in near.items() if found]
        see = f"the index {options.index} holds no article {unknown[0]!r}; see: hoidap list --index {options.index}"
        raise CorpusError("; ".join([see, *hints]))
    return {
        "articles": options.article, "sources": options.source, "since": options.since, "until": options.until,
    }  # fmt: skip


def _checked(question: str) -> str:
    from qa import HoidapError

    if not any(character.isalnum() for character in question):
        raise HoidapError("the question has no letter or digit to search for")
    return question


if __name__ == "__main__":
    sys.exit(main())
