# Captioning from NumPy. `make` alone lists what there is to make.
# Every path is relative and no script in .venv/bin is called by name: both keep a folder
# with a space in its name working.

PYTHON ?= python3
VENV   := .venv/bin/python
READY  := .venv/ready
BUILT  := _build/built
NAME   ?=
# What the built pages are made from: built again only when one of these is newer.
PAGES  := $(shell find book captioning -type f -not -path '*/_edit/*' -not -path '*/.*' \
            -not -name '*.pyc') book/. _config.yml _toc.yml tools/bookext.py \
            tools/glossary.py tools/pages.py

# The arrays are small: a second thread gains little, and waits long where others compute too.
export OPENBLAS_NUM_THREADS ?= 1
export PYTHONUTF8 := 1
export PYDEVD_DISABLE_FILE_VALIDATION := 1

.PHONY: help book test lab notebooks edit chapter student slides diff pins clean check

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1	\2/p' Makefile | expand -t 20

book: $(BUILT) ## build the book in _build/html
	@echo "The book is built. Open _build/html/index.html"

test: check $(BUILT) ## check everything: style, chapters, package, book
	@$(VENV) -m pytest --nbval --nbval-current-env --nbval-cell-timeout 120 \
		--doctest-modules book captioning tests

lab: $(READY) ## open the chapters in JupyterLab
	$(VENV) -m jupyter lab book

notebooks: $(READY) ## run chapters and rewrite their outputs (NAME=04: only one)
	$(VENV) tools/notebooks.py run $(NAME)

edit: $(READY) ## edit a chapter as Markdown text (NAME=04): once to begin, again to bring it back
	$(VENV) tools/notebooks.py edit $(NAME)

chapter: $(READY) ## begin a chapter from the template (NAME=20-my-layer)
	$(VENV) tools/notebooks.py new $(NAME)

student: $(READY) ## copy every chapter without its solutions, to hand out, into _build/student
	@$(VENV) tools/copies.py student

slides: $(READY) ## make slides of every chapter, for the lectern, in _build/slides
	@$(VENV) tools/copies.py slides

diff: $(READY) ## show what has changed in the chapters since the last commit
	$(VENV) -m nbdime diff HEAD book

pins: $(READY) ## compile requirements.in to requirements.txt
	$(VENV) -m pip install --quiet uv
	$(VENV) -m uv pip compile --quiet --universal --python-version 3.11 --no-emit-index-url \
		--no-header --no-annotate requirements.in --output-file requirements.txt
	echo "-e ." >> requirements.txt

clean: ## remove what was built (.venv stays)
	rm -rf _build .pytest_cache .ruff_cache

check: $(READY)
	$(VENV) -m ruff check .
	$(VENV) tools/guard.py

# A page that warned is not read again by the next build, which would then pass: so a failed
# build forgets all that it has read.
$(BUILT): $(READY) $(PAGES)
	@$(VENV) -c "from jupyter_book.cli.main import main; main()" build . -W -n --keep-going --quiet \
		&& $(VENV) tools/pages.py _build/html || { rm -rf _build; exit 1; }
	@touch $(BUILT)

# The set-up, done again only when what is to be installed has changed. Matplotlib looks through
# the machine's fonts once; done here, it does not report that in the middle of a chapter.
$(READY): requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is \
	needed; this is " + sys.version.split()[0] + ". Name another: make PYTHON=python3.12")'
	$(PYTHON) -m venv .venv
	$(VENV) -m pip install --disable-pip-version-check --quiet --requirement requirements.txt
	$(VENV) -c "import matplotlib.font_manager"
	@touch $(READY)
