# gate: one non-recursive Makefile. All output under B; a variant is another
# folder (B=build/asan). V=1 shows the commands. CFLAGS and LDFLAGS are yours;
# what the code needs stands in REQUIRED.
#
#   make            both programs        make check   all tests
#   make demo       the main job, shown  make bench   figures and ratios
#   make deps       system packages      make soak    the long tests
#   make asan       check under ASan and UBSan
#   make coverage   reader, verifier, interpreter: 100 % of lines and branches
#   make fuzz       fuzz targets         make install PREFIX=/usr/local

B ?= build
PREFIX ?= /usr/local
CC ?= gcc
CFLAGS ?= -O2 -g
LDFLAGS ?=
SAN ?=
V ?= 0
Q := $(if $(filter 1,$(V)),,@)
say = $(if $(filter 1,$(V)),,@printf '  %-5s %s\n' $(1) $(2);)

REQUIRED := -std=c17 -D_POSIX_C_SOURCE=200809L -I. -I$(B)/gen -MMD -MP \
  -fvisibility=hidden -ffunction-sections -fdata-sections -fstack-protector-strong
WARN := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes \
  -Wmissing-prototypes -Wformat=2 -Werror
# Generated parsers pass the flags minus these two (style.md).
WARN_GEN := $(WARN) -Wno-unused-parameter -Wno-unused-variable -Wno-type-limits \
  -Wno-unused-but-set-variable
# The sandbox and the child runner speak to Linux, not to POSIX alone.
LINUX := -D_GNU_SOURCE

# Static where Debian has the archive: shared objects cost more at every start
# than the program itself (make bench prints the start). libcurl is opened when
# a step speaks HTTP, libical when a plan names a holiday list, never before.
STATIC = -Wl,-Bstatic $(1) -Wl,-Bdynamic
LIBS_gatec := $(call STATIC,-lcrypto -lutf8proc)
LIBS_gate := $(call STATIC,-lsqlite3 -lcrypto -lutf8proc -lseccomp) -lm -ldl -lpthread
LINK = $(CC) $(CFLAGS) $(SAN) $(LDFLAGS) -Wl,--gc-sections

ROOMS := os core grammar compiler log effect engine server cli
DIR_os := vm/os
DIR_core := vm/core
DIR_grammar := grammar
DIR_compiler := compiler
SUB_compiler := diag check prove schedule emit verbs
DIR_log := vm/log
DIR_effect := vm/effect
DIR_engine := vm/engine
DIR_server := vm/server
DIR_cli := vm/cli
# What a room may use, nearest first: a link order and a rule.
USES_os :=
USES_core := os
USES_grammar := os
USES_compiler := grammar core os
USES_log := core os
USES_effect := core os
USES_engine := core log os
USES_server := engine effect log compiler grammar core os
USES_cli := server engine effect log compiler grammar core os
MAINS := compiler/gatec.c vm/cli/gate.c

define room
SRC_$(1) := $$(filter-out $$(MAINS),$$(wildcard $$(DIR_$(1))/*.c $$(SUB_$(1):%=$$(DIR_$(1))/%/*.c)))
OBJ_$(1) := $$(SRC_$(1):%.c=$$(B)/o/%.o)
$$(B)/lib/$(1).a: $$(OBJ_$(1)) $$(GEN_OBJ_$(1))
	$$(call say,AR,$$@)mkdir -p $$(@D) && rm -f $$@ && ar qcs $$@ $$^
.PHONY: room-$(1)
room-$(1): $$(B)/lib/$(1).a
endef
GEN_OBJ_grammar := $(B)/o/gen/lex.o $(B)/o/gen/parse.o
GEN_OBJ_compiler := $(B)/o/gen/stdlib.o $(B)/o/gen/schema.o
$(foreach r,$(ROOMS),$(eval $(call room,$(r))))
libs = $(foreach r,$(1),$(B)/lib/$(r).a)

.DEFAULT_GOAL := all
.SECONDARY:
ifeq ($(filter deps peers check demo asan coverage soak bench fuzz clean uninstall,$(MAKECMDGOALS)),)
ifneq ($(shell command -v re2c >/dev/null && command -v lemon >/dev/null && echo yes),yes)
$(error re2c or lemon is missing: run `make deps` first (it installs the Debian packages that building needs))
endif
endif
.PHONY: all
all: $(B)/gatec $(B)/gate

$(B)/gatec: $(B)/o/compiler/gatec.o $(call libs,compiler $(USES_compiler))
	$(call say,LD,$@)$(LINK) -o $@ $(filter %.o %.a,$^) $(LIBS_gatec)
$(B)/gate: $(B)/o/vm/cli/gate.o $(call libs,cli $(USES_cli))
	$(call say,LD,$@)$(LINK) -o $@ $(filter %.o,$^) -Wl,--start-group $(filter %.a,$^) -Wl,--end-group $(LIBS_gate)

$(B)/o/vm/effect/%.o $(B)/o/vm/server/%.o $(B)/o/vm/cli/%.o $(B)/o/vm/os/%.o: REQUIRED += $(LINUX)
$(B)/o/%.o: %.c
	$(call say,CC,$<)mkdir -p $(@D) && $(CC) $(REQUIRED) $(WARN) $(CFLAGS) $(SAN) -c -o $@ $<
$(OBJ_grammar) $(GEN_OBJ_grammar) $(OBJ_compiler) $(GEN_OBJ_compiler) $(B)/o/compiler/gatec.o: | $(B)/gen/parse.h
$(B)/o/tests/tokens/delete_tokens.o $(B)/o/tests/fmt/fmt_holds.o: | $(B)/gen/parse.h
$(B)/o/gen/%.o: $(B)/gen/%.c
	$(call say,CC,$<)mkdir -p $(@D) && $(CC) $(REQUIRED) $(WARN_GEN) $(CFLAGS) $(SAN) -c -o $@ $<

# --- generated sources -----------------------------------------------------
# words.def is the one table of words: its rules are part of the lexer.
$(B)/gen/words.re: grammar/words.def
	$(call say,WORDS,$@)mkdir -p $(@D) && sed -n 's/^WORD("\([a-z]*\)", \([A-Z]*\), \(RESERVED\|SOFT\),.*/"\1" { kind = TOK_\2; goto word; }/p' $< > $@
$(B)/gen/lex.c: grammar/lex.re $(B)/gen/words.re
	$(call say,RE2C,$<)mkdir -p $(@D) && re2c -W -Werror -8 --no-generation-date -i -I $(B)/gen -o $@ $<
# Conflicts fail the build: lemon exits with their number.
$(B)/gen/parse.c $(B)/gen/parse.h &: grammar/parse.y
	$(call say,LEMON,$<)mkdir -p $(B)/gen && lemon -d$(B)/gen $< && touch $(B)/gen/parse.h
STDLIB := $(sort $(wildcard stdlib/*.gate stdlib/*/*.gate))
$(B)/gen/stdlib.c: stdlib/embed.sh $(STDLIB)
	$(call say,EMBED,$@)mkdir -p $(@D) && sh stdlib/embed.sh $(STDLIB) > $@.tmp && mv $@.tmp $@
# The schema of `gatec check --format json`, which gatec prints.
SCHEMA := compiler/diag/diagnostics.schema.json
$(B)/gen/schema.c: $(SCHEMA)
	$(call say,EMBED,$@)mkdir -p $(@D) && { echo '#include "compiler/diag/schema.h"'; echo 'const char diag_schema[] = {'; \
	  od -An -v -tu1 $< | sed 's/^ *//; s/  */,/g; s/$$/,/'; echo '0};'; } > $@.tmp && mv $@.tmp $@

# --- tests -----------------------------------------------------------------
# tests/unit/test_ROOM_WHAT.c links its room and what that may use.
UNIT_SRC := $(wildcard tests/unit/test_*.c)
UNIT := $(UNIT_SRC:tests/unit/%.c=$(B)/t/%)
unit_room = $(word 2,$(subst _, ,$(1)))
# The engine's tests write their plans in the language.
ALSO_engine := compiler grammar
define unit
$$(B)/t/$(1): $$(B)/o/tests/unit/$(1).o $$(call libs,$$(call unit_room,$(1)) $$(USES_$$(call unit_room,$(1))) $$(ALSO_$$(call unit_room,$(1))))
	$$(call say,LD,$$@)mkdir -p $$(@D) && $$(LINK) -o $$@ $$(filter %.o,$$^) -Wl,--start-group $$(filter %.a,$$^) -Wl,--end-group $$(LIBS_gate) -lcmocka
endef
$(foreach t,$(UNIT_SRC:tests/unit/%.c=%),$(eval $(call unit,$(t))))
$(B)/o/tests/%.o: REQUIRED += $(LINUX)
unit-%: ; @:
define unit_group
.PHONY: unit-$(1)
unit-$(1): $$(filter $$(B)/t/test_$(1)_%,$$(UNIT))
	@sh tests/run.sh -b $$(B) $$^
endef
$(foreach r,$(ROOMS),$(eval $(call unit_group,$(r))))

# Programs that test scripts run: the front end, the core and one file.
front = $(call libs,compiler $(USES_compiler))
LINK_FRONT = mkdir -p $(@D) && $(LINK) -o $@ $(filter %.o,$^) -Wl,--start-group $(filter %.a,$^) -Wl,--end-group $(LIBS_gatec)
$(B)/t/delete_tokens: $(B)/o/tests/tokens/delete_tokens.o $(front)
	$(call say,LD,$@)$(LINK_FRONT)
# Generated plans and expressions (tests/gen/), for whoever tests with them.
GEN_TEST := $(patsubst %.c,$(B)/o/%.o,$(filter-out tests/gen/gen_plan.c,$(wildcard tests/gen/*.c)))
$(B)/t/gen_plan: $(B)/o/tests/gen/gen_plan.o $(GEN_TEST) $(front)
	$(call say,LD,$@)$(LINK_FRONT)
# The language a second time, slowly, to compare with (tests/slow/).
SLOW := $(patsubst %.c,$(B)/o/%.o,tests/slow/decimal.c tests/slow/eval.c tests/slow/both.c tests/slow/reach.c)
$(B)/t/exprs: $(B)/o/tests/slow/exprs.o $(SLOW) $(GEN_TEST) $(front)
	$(call say,LD,$@)$(LINK_FRONT)
# What a plan means, by walking all of its paths (tests/reference/).
$(B)/t/reference: $(patsubst %.c,$(B)/o/%.o,$(wildcard tests/reference/*.c)) $(GEN_TEST) $(front)
	$(call say,LD,$@)$(LINK_FRONT)
$(B)/t/fmt_holds: $(B)/o/tests/fmt/fmt_holds.o $(GEN_TEST) $(front)
	$(call say,LD,$@)$(LINK_FRONT)
$(B)/t/calendar_peer: $(B)/o/tests/calendar/peer.o $(front)
	$(call say,LD,$@)$(LINK_FRONT)
$(B)/t/judged: $(B)/o/tests/slow/judged.o $(GEN_TEST) $(call libs,server $(USES_server))
	$(call say,LD,$@)mkdir -p $(@D) && $(LINK) -o $@ $(filter %.o,$^) -Wl,--start-group $(filter %.a,$^) -Wl,--end-group $(LIBS_gate)
$(B)/t/steps: $(B)/o/tests/slow/steps.o $(patsubst %.c,$(B)/o/%.o,$(wildcard tests/slow/model*.c)) $(B)/o/tests/slow/script.o $(SLOW) $(GEN_TEST) $(call libs,engine $(USES_engine) compiler grammar)
	$(call say,LD,$@)mkdir -p $(@D) && $(LINK) -o $@ $(filter %.o,$^) -Wl,--start-group $(filter %.a,$^) -Wl,--end-group $(LIBS_gate)
# Verifier and interpreter with a switch at every check, under their own tests
# (tests/checks/). Their originals are compiled with every warning.
CHECKS_verifier := $(wildcard vm/core/verify*.c)
CHECKS_interpreter := vm/core/vm.c vm/core/vm_ops.c
define checks
$(CHECKS_$(1):vm/core/%=$(B)/gen/checks/$(1)/%) &: tests/checks/checks.py $(CHECKS_$(1))
	$$(call say,CHECK,$(B)/gen/checks/$(1))python3 $$< $(B)/gen/checks/$(1) $(CHECKS_$(1))
$(2:%=$(B)/t/checks_%): $(B)/t/checks_%: $(B)/o/tests/unit/test_core_%.o $(B)/o/tests/checks/off.o \
  $(CHECKS_$(1):vm/core/%.c=$(B)/o/gen/checks/$(1)/%.o) $(call libs,core $(USES_core))
	$$(call say,LD,$$@)mkdir -p $$(@D) && $$(LINK) -o $$@ $$^ $(LIBS_gate) -lcmocka
endef
$(eval $(call checks,verifier,verify flow))
$(eval $(call checks,interpreter,unverified vm))
$(B)/o/gen/checks/%.o: WARN_GEN = -w
check-built: $(B)/t/checks_unverified $(B)/t/checks_vm
$(B)/t/sections: $(patsubst %.c,$(B)/o/%.o,tests/slow/sections.c tests/slow/walk.c tests/slow/tools.c) $(SLOW) $(GEN_TEST) $(front)
	$(call say,LD,$@)$(LINK_FRONT)
$(B)/soak/mutants: $(B)/o/tests/soak/mutants.o $(front)
	$(call say,LD,$@)$(LINK_FRONT)
# Fuzz targets: replayed over their corpus in make check; make fuzz builds them
# for libFuzzer (clang) and runs each for FUZZ_SECONDS.
FUZZ := $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_SECONDS ?= 60
$(B)/t/fuzz_%: $(B)/o/tests/fuzz/fuzz_%.o $(B)/o/tests/fuzz/replay.o $(front)
	$(call say,LD,$@)$(LINK_FRONT)
$(B)/fuzz/%: $(B)/o/tests/fuzz/fuzz_%.o $(front)
	$(call say,LD,$@)$(LINK_FRONT) -fsanitize=fuzzer
.PHONY: fuzz fuzz-built
fuzz: deps
	@$(MAKE) --no-print-directory B=build/fuzz CC=clang CFLAGS="-O1 -g" \
	  SAN="-fsanitize=address,undefined,fuzzer-no-link -fno-sanitize-recover=all" fuzz-built
fuzz-built: $(FUZZ:%=$(B)/fuzz/%)
	@for f in $(FUZZ); do mkdir -p $(B)/corpus/$$f && \
	  $(B)/fuzz/$$f -max_total_time=$(FUZZ_SECONDS) -timeout=2 $(B)/corpus/$$f tests/fuzz/corpus/$$f || exit 1; done
TEST_PROGRAMS := $(UNIT) $(FUZZ:%=$(B)/t/fuzz_%) $(addprefix $(B)/t/,checks_verify checks_flow delete_tokens gen_plan exprs steps sections judged reference fmt_holds calendar_peer)

# Everything that make check runs, in the order in which a failure is most
# telling. Each prints TAP; tests/run.sh adds up and prints the last line.
CHECK := $(UNIT) $(wildcard tests/diag/run.sh tests/tokens/run.sh tests/fmt/run.sh $(filter-out tests/cli/tap.sh,$(wildcard tests/cli/*.sh)) \
  tests/probe/*.sh tests/checks/run.sh tests/mutate/run.sh tests/fuzz/run.sh tests/gen/run.sh tests/slow/*.sh tests/reference/run.sh tests/rules/*.sh tests/soak/run.sh tests/crash/run.sh)
.PHONY: check
check: deps peers
	@$(MAKE) --no-print-directory check-built
.PHONY: check-built
check-built: all $(TEST_PROGRAMS)
	@sh tests/run.sh -b $(B) $(CHECK)

# The same tests under AddressSanitizer and UndefinedBehaviorSanitizer.
ASAN := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
.PHONY: asan
asan: deps peers
	@$(MAKE) --no-print-directory B=build/asan SAN="$(ASAN)" CFLAGS="-O1 -g" check-built

# Lines and branches of reader, verifier and interpreter, by the unit tests of their room.
# Without assert(): what cannot be has a branch that is never taken.
.PHONY: coverage coverage-built
coverage: deps
	@sh tests/deps.sh gcovr
	@$(MAKE) --no-print-directory B=build/coverage CC=gcc CFLAGS="-O0 -g --coverage -DNDEBUG" coverage-built
coverage-built: $(filter $(B)/t/test_core_%,$(UNIT))
	@B=$(B) sh tests/coverage.sh $^

.PHONY: demo
demo: deps
	@$(MAKE) --no-print-directory all
	@B=$(B) sh examples/demo.sh

.PHONY: soak
soak: deps
	@$(MAKE) --no-print-directory all
	@COUNT=10000000 sh tests/run.sh -b $(B) tests/soak/run.sh
	@$(MAKE) --no-print-directory $(B)/t/exprs $(B)/t/steps $(B)/t/sections $(B)/t/judged
	@COUNT=1000000 sh tests/run.sh -b $(B) tests/slow/exprs.sh
	@COUNT=100000 sh tests/run.sh -b $(B) tests/slow/steps.sh
	@COUNT=100000 sh tests/run.sh -b $(B) tests/slow/sections.sh
	@COUNT=100000 sh tests/run.sh -b $(B) tests/slow/judged.sh
	@KILLS=3000 sh tests/run.sh -b $(B) tests/crash/run.sh

.PHONY: bench
bench: deps
	@$(MAKE) --no-print-directory all bench-built

BENCH := timeit static durable_step sandbox_start
$(B)/bench/static: tests/bench/static.c
	$(call say,LD,$@)mkdir -p $(@D) && $(CC) -O2 -static -o $@ $<
$(B)/bench/%: $(B)/o/tests/bench/%.o $(call libs,log effect core os)
	$(call say,LD,$@)mkdir -p $(@D) && $(LINK) -o $@ $(filter %.o,$^) -Wl,--start-group $(filter %.a,$^) -Wl,--end-group $(LIBS_gate)
.PHONY: bench-built
bench-built: $(BENCH:%=$(B)/bench/%)
	@B=$(B) sh tests/bench/run.sh

# System packages: what building, testing and the benchmarks need. Does nothing
# where all is there.
PACKAGES := gcc libc6-dev make pkg-config re2c lemon libsqlite3-dev libssl-dev \
  libseccomp-dev libutf8proc-dev libcurl4-openssl-dev libical-dev libcmocka-dev \
  ca-certificates clang libclang-rt-14-dev jq sqlite3 openssl openssh-client \
  git vim graphviz lua5.4 util-linux procps python3 strace tzdata
.PHONY: deps
deps:
	@sh tests/deps.sh $(PACKAGES)
# Programs of others that tests hold our output against.
.PHONY: peers
peers: deps
	@sh tests/peers/deps.sh

.PHONY: install uninstall
install: all
	install -d $(DESTDIR)$(PREFIX)/bin
	install -m 755 $(B)/gate $(B)/gatec $(DESTDIR)$(PREFIX)/bin
	install -d $(DESTDIR)$(PREFIX)/share/gate
	install -m 644 $(SCHEMA) $(DESTDIR)$(PREFIX)/share/gate
	install -d $(DESTDIR)$(PREFIX)/share/doc/gate
	install -m 644 grammar/LANGUAGE.md $(DESTDIR)$(PREFIX)/share/doc/gate
uninstall:
	rm -f $(DESTDIR)$(PREFIX)/bin/gate $(DESTDIR)$(PREFIX)/bin/gatec \
	  $(DESTDIR)$(PREFIX)/share/gate/$(notdir $(SCHEMA)) \
	  $(DESTDIR)$(PREFIX)/share/doc/gate/LANGUAGE.md

# --- the rest --------------------------------------------------------------
.PHONY: clean
clean:
	rm -rf $(B)

-include $(shell test -d $(B)/o && find $(B)/o -name '*.d')
