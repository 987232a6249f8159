"""Fit the confidence that Hoidap ships with: `make fit XQUAD_VI=xquad.vi.json XQUAD_EN=xquad.en.json`.

XQuAD (Artetxe, Ruder and Yogatama, ACL 2020; CC BY-SA 4.0) has the same 1,190 questions in Vietnamese and English over
240 paragraphs. The Vietnamese paragraphs are indexed, each an article; the questions of both languages are asked of
them, with and without diacritics, with and without their own paragraph in the index. Written is `qa/confidence.json`:
a few coefficients and figures, nothing of XQuAD itself.
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import replace
from pathlib import Path

from qa import Assistant
from qa.confidence import CONFIDENCE_NAME, save_confidence
from qa.evaluation import import_squad
from qa.evaluation.calibration import calibrate, examples
from qa.evaluation.squad import corpus_lines
from ui.calibrate_command import calibration_lines

_OUT = Path(__file__).parent.parent / "qa" / CONFIDENCE_NAME


def main() -> None:
    """Fit, print and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("vietnamese", type=Path, help="xquad.vi.json")
    parser.add_argument("english", type=Path, help="xquad.en.json")
    options = parser.parse_args()
    vietnamese, english = import_squad(options.vietnamese), import_squad(options.english)
    answers = {question.id: question.answers for question in vietnamese.questions}
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder, "xquad.jsonl")
        corpus.write_text(corpus_lines(vietnamese), "utf-8")
        assistant = Assistant.build(corpus, Path(folder, "index"))
        found = examples(assistant, vietnamese.questions)
        # An English question has the answers of the Vietnamese one with its id.
        found += examples(assistant, [replace(asked, answers=answers[asked.id]) for asked in english.questions])
        fitted_on = "XQuAD, Vietnamese paragraphs, Vietnamese and English questions, with and without their paragraph"
        calibration = calibrate(found, fitted_on)
        print("\n".join(calibration_lines(calibration)))
        save_confidence(_OUT, calibration.confidence, assistant.encoder.fingerprint, calibration.report())
    print(f"written to {_OUT.name}")


if __name__ == "__main__":
    main()
