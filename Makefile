# What a person does with this package, one word each. GNU make 3.81 (macOS) is enough.
#
#   make            build the program                make test       run all tests
#   make chat       build it and talk to a model     make lint       check format and structure
#   make parity     compare with the references      make fuzz       feed the parsers broken files
#   make bench      measure a model's speed          make docs       build the documentation
#   make man        write the manual pages           make completions  write the shell completions
#   make conformance   let official clients use the server
#   make test-kernels  compare the kernels' forms    make test-neon  the same for 64-bit Arm, emulated
#   make test-page  test the server's page in Chromium

SWIFT ?= swift
# The model that `make chat` and `make bench` open: a path or a name.
MODEL ?= nano
# How long `make fuzz` runs, all targets together.
FUZZ_SECONDS ?= 600

# How long `make conformance` lets schemathesis look for answers that the server does not describe.
CONFORMANCE_SECONDS ?= 600

BINARY = .build/release/isobath
# Tests are built optimised and with testing enabled. Those flags differ from the program's, so they have a build folder
# of their own: neither `make` nor `make test` throws away what the other one built.
TEST_FLAGS = -c release --scratch-path .build-test -Xswiftc -enable-testing
FORMATTED = Sources Tests Package.swift $(wildcard Fuzz)

.PHONY: build chat test test-page conformance test-kernels test-neon lint fuzz bench parity docs man completions clean

# Naming the product leaves out what packages have besides what is used of them.
build:
	$(SWIFT) build -c release --product isobath

chat: build
	@$(BINARY) chat $(MODEL)

test:
	$(SWIFT) build $(TEST_FLAGS) --product isobathPackageTests
	ISOBATH_QUIET_TESTS=1 $(SWIFT) test --skip-build $(TEST_FLAGS) --disable-xctest --filter 'ConnectionTests|AdmissionTests'
	$(SWIFT) test --skip-build $(TEST_FLAGS) --disable-xctest

conformance: build
	Scripts/conformance/run $(BINARY) $(CONFORMANCE_SECONDS)

test-kernels:
	Scripts/test-kernels

test-neon:
	Scripts/test-kernels neon

test-page:
	Scripts/test-page

lint:
	$(SWIFT) format lint -r --strict $(FORMATTED)
	Scripts/check-structure --self-test
	Scripts/check-structure

fuzz:
	FUZZ_SECONDS=$(FUZZ_SECONDS) Scripts/fuzz

bench: build
	@$(BINARY) bench $(MODEL)

parity: build
	$(BINARY) verify Tests/Fixtures

docs: build
	Scripts/docs .build/documentation

man:
	$(SWIFT) package generate-manual --multi-page --section 1
	@mkdir -p .build/manual
	@cp .build/plugins/GenerateManual/outputs/Command/*.1 .build/manual/
	@echo "The manual pages are in .build/manual; read them with: man .build/manual/isobath.1"

completions: build
	@mkdir -p .build/completions
	$(BINARY) --generate-completion-script bash > .build/completions/isobath.bash
	$(BINARY) --generate-completion-script zsh > .build/completions/_isobath
	$(BINARY) --generate-completion-script fish > .build/completions/isobath.fish
	@echo "Completions for bash, zsh and fish are in .build/completions."

clean:
	rm -rf .build .build-test .build-kernels
