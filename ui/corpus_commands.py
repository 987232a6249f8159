"""`hoidap list`, `remove`, `doctor`, `backup` and `restore`: looking after an index and what is in it.

Like `ui.cli`, it imports only argparse; a command loads what it needs itself.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import sys
import unicodedata
from pathlib import Path
from typing import Any

from ui.arguments import add_index, day
from ui.terminal import article_line, check_lines, counted, flat, line_columns, shown, stays_out_line


def add_parsers(subparsers: Any) -> None:
    """Add the commands to what `add_subparsers` returned; `options.run(options)` gives the exit code."""
    _add_list(subparsers)
    _add_remove(subparsers)
    _add_doctor(subparsers)
    _add_backup(subparsers)
    _add_restore(subparsers)


def _command(subparsers: Any, name: str, run: Any, what: str, more: str = "") -> argparse.ArgumentParser:
    description = f"{what[0].upper()}{what[1:]}.{more}"
    parser: argparse.ArgumentParser = subparsers.add_parser(name, help=what, description=description)
    add_index(parser)
    parser.set_defaults(run=run)
    return parser


def _add_list(subparsers: Any) -> None:
    parser = _command(subparsers, "list", run_list, "list the articles in the index")
    parser.add_argument("--source", metavar="TEXT", help="only articles whose source holds TEXT")
    parser.add_argument(
        "--text",
        metavar="TEXT",
        help="only articles with TEXT in their id, title, path or text; diacritics may be left out",
    )
    parser.add_argument("--from", dest="since", type=day, metavar="DAY", help="only articles published from this day")
    parser.add_argument("--to", dest="until", type=day, metavar="DAY", help="only articles published up to this day")
    parser.add_argument("--json", action="store_true", help="print JSON")


def _add_remove(subparsers: Any) -> None:
    parser = _command(
        subparsers,
        "remove",
        run_remove,
        "remove articles from the index by their ids",
        " Files are left alone; an article stays away for as long as its file says the same, or until that is named to "
        "`hoidap index`.",
    )
    parser.add_argument("articles", nargs="+", metavar="ARTICLE", help="an id, as `hoidap list` shows it")


def _add_doctor(subparsers: Any) -> None:
    what = "look for what keeps an index from working, and name the command that mends it"
    parser = _command(subparsers, "doctor", run_doctor, what)
    parser.add_argument(
        "--mend", action="store_true", help="first clear what killed runs left, and make damaged derived indexes again"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


def _add_backup(subparsers: Any) -> None:
    what = "copy the index to one file, also while it is used"
    parser = _command(subparsers, "backup", run_backup, what, " An older backup of that name is replaced.")
    parser.add_argument("file", type=Path, metavar="FILE", help="the backup to write")


def _add_restore(subparsers: Any) -> None:
    parser = _command(subparsers, "restore", run_restore, "make an index of a backup, without encoding")
    parser.add_argument("file", type=Path, metavar="FILE", help="a file that `hoidap backup` wrote")
    parser.add_argument(
        "--replace", action="store_true", help="also where there is an index, whose store is kept under another name"
    )


# --- commands --------------------------------------------------------------------------------------------


def run_list(options: argparse.Namespace) -> int:
    """List articles, a line each. Raises IndexUnusable where there is no index that can be read."""
    from dataclasses import asdict

    from qa import count_articles, list_articles

    listed = list_articles(
        options.index, source=options.source, text=options.text, since=options.since, until=options.until
    )
    articles = passages = sentences = 0
    columns = line_columns()
    for article in listed:
        articles, passages = articles + 1, passages + article.passages
        sentences += article.sentences
        if options.json:
            # Item by item, so that the list need not be in memory.
            item = json.dumps(asdict(article), ensure_ascii=False)
            sys.stdout.write(f"[\n{item}" if articles == 1 else f",\n{item}")
        else:
            print(article_line(article, columns))
    if options.json:
        print("\n]" if articles else "[]")
    # Here, and not when Python exits: a reader of ours that has gone is no failure.
    sys.stdout.flush()
    if articles:
        total = ", ".join([counted(articles, "article"), counted(passages, "passage"), counted(sentences, "sentence")])
    elif count_articles(options.index):
        total = "no article is like that"
    else:
        total = f"the index {options.index} holds no articles; add some with: hoidap index PATH {_index(options)}"
    print(total, file=sys.stderr)
    return 0


def run_remove(options: argparse.Namespace) -> int:
    """Remove articles, all or none. Raises CorpusError, with the ids that may be meant, for one that is not there."""
    from qa import CorpusError, near_ids, remove_articles

    # Ids are in NFC, whatever the keyboard or the file system made of them.
    ids = [unicodedata.normalize("NFC", name) for name in options.articles]
    try:
        removed = remove_articles(ids, options.index)
    except CorpusError as error:
        near = {name: near_ids(name, options.index) for name in ids}
        hints = [f"near {name!r}: {', '.join(found)}" for name, found in near.items() if found and name not in found]
        raise CorpusError("; ".join([str(error), "nothing was removed", *hints])) from error
    for article in removed:
        print(f"Removed {flat(article.id)}  {flat(article.title)}")
    there = [article for article in removed if os.path.exists(article.path)]
    if there:
        files = list(dict.fromkeys(article.path for article in there))
        print(stays_out_line(len(removed), len(there), len(files)))
        print(f"    hoidap index {shown(shlex.join(files))} {_index(options)}")
    return 0


def run_doctor(options: argparse.Namespace) -> int:
    """Print what was looked at; return 1 where there is a problem."""
    try:
        from qa import HoidapError, examine, mend
    except ImportError as error:
        # What everything else is made with: no check of ours can be run.
        print(f"problem  libraries: {error}\n    mend: pip install --force-reinstall hoidap")
        return 1
    if options.mend:
        try:
            mend(options.index)
        except HoidapError as error:
            print(f"not mended: {error}", file=sys.stderr)
    examination = examine(options.index)
    if options.json:
        checks = [
            {"name": check.name, "status": check.status, "what": check.what, "mend": check.mend}
            for check in examination.checks
        ]
        found = {"index": str(options.index), "problems": len(examination.problems), "checks": checks}
        print(json.dumps(found, ensure_ascii=False, indent=2))
    else:
        for check in examination.checks:
            print("\n".join(check_lines(check)))
        print(f"The index {options.index}: {counted(len(examination.problems), 'problem')}")
    return 1 if examination.problems else 0


def run_backup(options: argparse.Namespace) -> int:
    """Write a backup. Raises HoidapError where it cannot be."""
    from qa import back_up

    report = back_up(options.file, options.index)
    held = report.summary
    fitted = ", with its fitted confidence" if report.confidence else ""
    print(
        f"{report.file}: {held.articles} articles, {held.passages} passages, {held.sentences} sentences, revision "
        f"{held.revision}, model {held.model}{fitted}; {report.byte_count / 1e6:,.1f} MB"
    )
    if report.conversations:
        print(f"In it too: {counted(report.conversations, 'conversation')} of the chat")
    if report.left_out:
        print(f"left out: {report.left_out}", file=sys.stderr)
    return 0


def run_restore(options: argparse.Namespace) -> int:
    """Make an index of a backup. Raises HoidapError where it cannot be."""
    from qa import restore

    report = restore(options.file, options.index, options.replace)
    held = report.summary
    fitted = ", with its fitted confidence" if report.confidence else ""
    made = f", as of {report.made}" if report.made else ""
    print(
        f"The index {report.folder} holds {held.articles} articles, {held.passages} passages, {held.sentences} "
        f"sentences, revision {held.revision}, model {held.model}{fitted}{made}"
    )
    if report.conversations:
        print(f"Brought back with it: {counted(report.conversations, 'conversation')} of the chat, beside those here")
    if report.aside is not None:
        print(f"What was there before is kept as {report.aside}")
    return 0


def _index(options: argparse.Namespace) -> str:
    return f"--index {shlex.quote(str(options.index))}"
