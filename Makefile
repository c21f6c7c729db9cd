# Every target works on a fresh checkout: Python 3.11 or newer and make suffice.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
EXTRAS := all,dev,docs

# Quiet TensorFlow's start-up lines.
export TF_CPP_MIN_LOG_LEVEL ?= 3

DEMO_OUT ?= demo-results
DEMO_METHODS ?= sgd,weight-decay,label-smoothing,center,spread,itra,itra-c
# --full for the whole grid.
BENCH_FLAGS ?=
FASHION_MNIST_OUT ?= fashion-mnist-results
PAIRINGS_OUT ?= pairings-results
QUEUE_OUT ?= queue-memory-results
FEW_OUT ?= few-rows-results
FEW := spread itra-c itra-c-split itra-c-queue spread-queue
COMMA := ,
SPACE := $(subst ,, )
FASHION_MNIST_METHODS ?= \
  sgd,weight-decay,sgd-2m,spread,itra-c,itra-c+weight-decay

# What runs under every backend; JAX compiles for every shape anew, so that
# `make test` runs some of it only.
NEUTRAL_TESTS := $(addprefix tests/,backends discrepancies kernels layers \
  losses metrics models)
JAX_TESTS := tests/kernels/test_radial.py \
  tests/discrepancies/test_compilation.py \
  tests/models/test_training_step.py::test_steps_equal_those_by_hand

.DEFAULT_GOAL := help
.PHONY: help install test test-slow test-backends lint format pytest demo fashion-mnist results smoke bench pairings queue-memory few-rows fourier gradient-variance multi-worker fuzz docs docs-serve diagrams pictures notebooks build clean

help:  ## list the targets
	@grep -E '^[a-z-]+:.*##' Makefile | \
	  awk -F ':.*## *' '{ printf "  make %-14s %s\n", $$1, $$2 }'

$(INSTALLED): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable '.[$(EXTRAS)]'
	touch $@

install: $(INSTALLED)  ## create .venv with the package and its tools

test: lint pytest  ## run every check but the slow tests: lint, types, tests

lint: $(INSTALLED)  ## check style, types and the direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

pytest: $(INSTALLED)  ## run the tests but for the slow ones
	$(BIN)/pytest --numprocesses 2 -m 'not slow' --durations 25
	KERAS_BACKEND=jax $(BIN)/pytest -m 'not slow' $(JAX_TESTS)

test-slow: $(INSTALLED)  ## run the tests that `make test` leaves out
	$(BIN)/pytest --numprocesses 2 -m slow

test-backends: $(INSTALLED)  ## run what is neutral under all three backends
	$(BIN)/python -m pip install --quiet --editable '.[$(EXTRAS),torch]'
	for backend in tensorflow jax torch; do \
	  KERAS_BACKEND=$$backend $(BIN)/pytest --numprocesses 2 \
	    $(NEUTRAL_TESTS) || exit 1; \
	done

format: $(INSTALLED)  ## format the code and fix what can be fixed
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

demo: $(INSTALLED)  ## compare the methods on the embedded digits
	$(BIN)/keras-itra compare --data digits --methods $(DEMO_METHODS) \
	  --seeds 3 --out $(DEMO_OUT)

fashion-mnist: $(INSTALLED)  ## the README's experiment on Fashion-MNIST
	$(BIN)/keras-itra fetch fashion-mnist
	$(BIN)/keras-itra compare --data fashion-mnist \
	  --train-size 3000 --epochs 40 --batch-size 150 --seeds 5 \
	  --tuning-seeds 5 --methods $(FASHION_MNIST_METHODS) \
	  --references weight-decay,spread,itra-c --out $(FASHION_MNIST_OUT)

# What docs/results.md shows; hours on two cores, and it resumes.
STUDIES ?= fashion-mnist-five-conv distance lambda features equal-compute rivals detection \
  ablations batch-size merged-classes label-noise low-data learning-rate when safe-weight \
  text-polarity text-source fine-tuning
RESULTS_OUT ?= results

results: $(INSTALLED)  ## our experiments at the small scale, and their page
	for data in fashion-mnist mnist5k reviews minilm; do \
	  $(BIN)/keras-itra fetch $$data || exit 1; \
	done
	for name in $(STUDIES); do \
	  $(BIN)/keras-itra reproduce --experiment $$name --out $(RESULTS_OUT) \
	    || exit 1; \
	done
	$(BIN)/keras-itra results --results $(RESULTS_OUT)

smoke: $(INSTALLED)  ## every experiment on random content, offline
	for name in $$($(BIN)/keras-itra experiments --names); do \
	  $(BIN)/keras-itra reproduce --experiment $$name --scale smoke --quiet \
	    || exit 1; \
	done

fuzz: $(INSTALLED)  ## 1,000 random configurations on several replicas
	$(BIN)/python -m tests.distribution.fuzz --count 1000

# pytorch-adapt's own requirements pin releases that no longer install; the
# extra holds what its MMDLoss needs.
bench: $(INSTALLED)  ## time and memory against plain Keras and other libraries
	$(BIN)/python -m pip install --quiet --editable '.[benchmarks]'
	$(BIN)/python -m pip install --quiet --no-deps 'pytorch-adapt>=0.0.83'
	$(BIN)/python -m benchmarks.step_time $(BENCH_FLAGS)
	$(BIN)/python -m benchmarks.discrepancy $(BENCH_FLAGS)

pairings: $(INSTALLED)  ## what cheaper pairings keep of the paper's gain
	$(BIN)/keras-itra fetch fashion-mnist
	$(BIN)/keras-itra compare --data fashion-mnist \
	  --train-size 3000 --epochs 40 --batch-size 150 --seeds 5 \
	  --methods sgd,spread,itra-c,itra-c-split,itra-c-queue,spread-queue \
	  --references itra-c --out $(PAIRINGS_OUT)
	$(BIN)/python -m benchmarks.pairings $(PAIRINGS_OUT) \
	  docs/results/benchmarks/step_time.json --out docs/results/benchmarks

queue-memory: $(INSTALLED)  ## how large the memory of a queue should be
	$(BIN)/keras-itra fetch fashion-mnist
	$(BIN)/keras-itra compare --data fashion-mnist \
	  --train-size 3000 --epochs 40 --batch-size 150 --seeds 5 --tuning-seeds 1 \
	  --methods sgd,itra-c,itra-c-constant,itra-c-queue,itra-c-queue-256,itra-c-queue-512,spread-queue,spread-queue-512 \
	  --strengths itra-c=1 --strengths itra-c-constant=1 \
	  --strengths itra-c-queue=1,2,4 --strengths itra-c-queue-256=1,2,4 \
	  --strengths itra-c-queue-512=1,2,4 --strengths spread-queue=0.6,1,2 \
	  --strengths spread-queue-512=0.6,1,2 \
	  --references itra-c --out $(QUEUE_OUT)
	$(BIN)/python -m benchmarks.queue_memory $(QUEUE_OUT) \
	  --out docs/results/queue-memory

few-rows: $(INSTALLED)  ## the pairings where a mini-batch has a row of a class
	$(BIN)/keras-itra fetch fashion-mnist
	$(BIN)/keras-itra compare --data fashion-mnist --train-size 1000 \
	  --epochs 20 --batch-size 10 --learning-rate 0.02 --seeds 5 \
	  --tuning-seeds 1 --methods sgd,$(subst $(SPACE),$(COMMA),$(FEW)) \
	  $(foreach method,$(FEW),--strengths $(method)=0.1$(COMMA)0.3$(COMMA)1) \
	  --references spread --out $(FEW_OUT)

fourier: $(INSTALLED)  ## error and bytes of the random Fourier features
	$(BIN)/python -m benchmarks.fourier_error --out docs/results/fourier

gradient-variance: $(INSTALLED)  ## does ITRA-c lower the gradient's variance?
	$(BIN)/keras-itra fetch fashion-mnist
	$(BIN)/python -m benchmarks.gradient_variance --out docs/results/gradient-variance

multi-worker: $(INSTALLED)  ## two and three processes against one
	$(BIN)/python examples/multi_worker.py --workers 1 2 3

# Quiets a notice about the next major release of MkDocs.
docs docs-serve: export NO_MKDOCS_2_WARNING := 1

docs: $(INSTALLED)  ## build the documentation into site/; warnings are errors
	$(BIN)/mkdocs build

docs-serve: $(INSTALLED)  ## show the documentation, and follow its changes
	$(BIN)/mkdocs serve --no-strict

# How mermaid-cli is started; it comes with its own browser, or takes one by
# --puppeteerConfigFile.
MERMAID ?= npx --yes @mermaid-js/mermaid-cli

diagrams: $(INSTALLED)  ## draw the Mermaid diagrams that changed (needs Node)
	$(BIN)/python docs/tools/diagrams.py "$(MERMAID)"

pictures: $(INSTALLED)  ## draw the pictures of the documentation anew
	$(BIN)/python docs/tools/pictures.py

notebooks: $(INSTALLED)  ## write the notebooks of the examples from the scripts
	for name in quickstart image text_kerashub; do \
	  $(BIN)/jupytext --quiet --update --to ipynb --set-kernel python3 \
	    --update-metadata '{"jupytext": null}' examples/$$name.py || exit 1; \
	done

build: $(INSTALLED)  ## build and check the wheel and the source archive
	$(BIN)/python -m build
	$(BIN)/twine check --strict dist/*

clean:  ## remove the environment, builds, caches and demo results
	rm -rf $(VENV) build dist site $(DEMO_OUT) smoke-results .mypy_cache .pytest_cache \
	  .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
