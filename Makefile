# Two commands do everything on a fresh machine: `make chat` and `make test`.
PYTHON ?= python3
PORT   ?= 7860
INDEX  ?= index
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check install --quiet --constraint constraints.txt

.PHONY: help install chat test lint index browser screenshot bench load fit faults clean

help:
	@echo "make chat     from nothing: environment, model, index over seeds/articles, the chat (PORT=, INDEX=)"
	@echo "make test     from nothing: environment, every test"
	@echo "make install  the environment alone, in $(VENV)"
	@echo "make lint     ruff and mypy"
	@echo "make bench    speed and cost, beside LangChain's (XQUAD_VI=: XQuAD's JSON; PARTS=\"scale 1000 5000\")"
	@echo "make screenshot  the picture in the README, as the tests make it"
	@echo "make load     the chat asked by ten people at once, beside one"
	@echo "make fit      the confidence that Hoidap ships with (XQUAD_VI=, XQUAD_EN=: XQuAD's JSON)"
	@echo "make faults   hundreds of kills, full disks and damaged files, and what was lost (SEED=)"
	@echo "make clean    remove the environment and the index; conversations stay"

install: $(VENV)/installed

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

# The stamps make a second run install nothing; they are older than their sources after every change to those.
$(VENV)/installed: pyproject.toml constraints.txt | $(VENV)/bin/python
	@echo "Installing Hoidap into $(VENV) (about 2 GB, once)"
	$(PIP) --editable .
	@touch $@

$(VENV)/installed-test: $(VENV)/installed
	$(PIP) --editable '.[test]'
	@touch $@

index: $(VENV)/installed
	$(BIN)/hoidap index seeds/articles --index "$(INDEX)"

chat: index
	$(BIN)/hoidap chat --index "$(INDEX)" --port "$(PORT)"

browser:
	@sh tests/browser/install.sh

test: $(VENV)/installed-test browser
	$(BIN)/python -m pytest

# The picture in the README, as the browser's tests make it.
screenshot: $(VENV)/installed-test browser
	$(BIN)/python -m pytest -q tests/browser/test_page.py -k "beside_the_answer and desk-light"
	cp tests/browser/screenshots/desk-light-beside.png tests/browser/chat.png

lint: $(VENV)/installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy embeddings qa ui

# langchain-huggingface asks for an older huggingface-hub than transformers brings, and works with either.
$(VENV)/installed-bench: $(VENV)/installed
	$(PIP) --editable '.[bench]'
	$(PIP) --no-deps langchain-huggingface
	@touch $@

bench: $(VENV)/installed-bench
	$(BIN)/python tests/benchmark.py $(PARTS) --xquad "$(XQUAD_VI)"

load: $(VENV)/installed
	$(BIN)/python tests/load.py

fit: $(VENV)/installed
	PYTHONPATH=. $(BIN)/python tests/fit_confidence.py "$(XQUAD_VI)" "$(XQUAD_EN)"

# As root, the full disks are small file systems that it mounts; as anyone else, limits on the size of files.
faults: $(VENV)/installed
	PYTHONPATH=. $(BIN)/python tests/faults.py $(SEED)

clean:
	rm -rf $(VENV) *.egg-info build
	@# Articles can be indexed again; what people asked, and the files that they added in the page, cannot be had again.
	@if [ -d "$(INDEX)" ]; then find "$(INDEX)" -mindepth 1 -maxdepth 1 ! -name 'conversations.sqlite*' ! -name added -exec rm -rf {} +; \
	  rmdir "$(INDEX)" 2>/dev/null || echo "kept: the conversations and added files in $(INDEX)"; fi
