# Two commands do everything on a fresh machine: `make chat` and `make test`.
PYTHON ?= python3
PORT   ?= 7860
INDEX  ?= index
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check install --quiet --constraint constraints.txt

.PHONY: help install chat test lint index browser bench fit clean

help:
	@echo "make chat     from nothing: environment, model, index over seeds/articles, the chat (PORT=, INDEX=)"
	@echo "make test     from nothing: environment, every test"
	@echo "make install  the environment alone, in $(VENV)"
	@echo "make lint     ruff and mypy"
	@echo "make bench    speed, as ratios"
	@echo "make fit      the confidence that Hoidap ships with (XQUAD_VI=, XQUAD_EN=: XQuAD's JSON)"
	@echo "make clean    remove the environment and the index"

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
	$(BIN)/hoidap chat --index "$(INDEX)" --port "$(PORT)" \
	  --example "Đảng bộ huyện Cao Lộc có bao nhiêu đảng viên?" \
	  --example "Ai là trưởng đoàn giám sát số 1?" \
	  --example "Phần mềm nào được dùng để quản lý văn bản?"

browser:
	@sh tests/browser/install.sh

test: $(VENV)/installed-test browser
	$(BIN)/python -m pytest

lint: $(VENV)/installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy embeddings qa ui

bench: $(VENV)/installed-test
	$(BIN)/python tests/benchmark.py

fit: $(VENV)/installed
	PYTHONPATH=. $(BIN)/python tests/fit_confidence.py "$(XQUAD_VI)" "$(XQUAD_EN)"

clean:
	rm -rf $(VENV) "$(INDEX)" *.egg-info build
