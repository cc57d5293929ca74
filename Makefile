# git-intoto. `make demo` tells the story, `make check` runs every test.

prefix = /usr/local
bindir = $(prefix)/bin
libdir = $(prefix)/lib
includedir = $(prefix)/include
mandir = $(prefix)/share/man
completiondir = $(prefix)/share/bash-completion/completions
DESTDIR =

VERSION = 0.1.0
CC = cc
CFLAGS = -O2 -g
WARNINGS = -Wall -Wextra -Wpedantic -Wshadow -Wvla -Wstrict-prototypes \
	-Wmissing-prototypes -Wpointer-arith -Wformat=2 -Werror
PKGS = libgit2 gpgme libsodium libcrypto jansson zlib libdeflate

BUILD = build

# `make V=1` shows the commands.
Q = $(if $(V),,@)
say = @$(if $(V),:,printf '  %-5s %s\n' $(1) $(2))
LAYERS = base json crypto metadata verify repo policy

PKG_CFLAGS := $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
PKG_LIBS := $(shell pkg-config --libs $(PKGS) 2>/dev/null)
CPPFLAGS_ALL = -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -Isrc -Iinclude \
	-DINTOTO_VERSION='"$(VERSION)"' $(PKG_CFLAGS) $(CPPFLAGS)
CFLAGS_ALL = -std=c11 -fstack-protector-strong -pthread $(WARNINGS) $(CFLAGS) \
	$(SANITIZE)
LDFLAGS_ALL = -pthread $(SANITIZE) $(LDFLAGS)

LIB_SRC = $(wildcard $(LAYERS:%=src/%/*.c))
CMD_SRC = $(filter-out src/cmd/gate.c,$(wildcard src/cmd/*.c))
UNIT_SRC = $(wildcard t/unit/test_*.c)
LIB_OBJ = $(LIB_SRC:src/%.c=$(BUILD)/obj/%.o) \
	$(if $(filter policy,$(LAYERS)),$(BUILD)/obj/policy/hook_texts.o)
CMD_OBJ = $(CMD_SRC:src/%.c=$(BUILD)/obj/%.o)
UNITS = $(UNIT_SRC:t/unit/%.c=$(BUILD)/unit/%)

all: $(BUILD)/git-intoto $(BUILD)/git-intoto-gate

$(BUILD)/git-intoto: $(CMD_OBJ) $(BUILD)/libintoto.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $^ $(PKG_LIBS)

# What hooks start first: no library but libc, so that it starts at once.
$(BUILD)/git-intoto-gate: $(BUILD)/obj/cmd/gate.o $(BUILD)/libintoto.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $^

$(BUILD)/libintoto.a: $(LIB_OBJ)
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

# The library as others link it: nothing is visible but what the headers of
# include/intoto declare.
$(BUILD)/public/libintoto.a: $(BUILD)/libintoto.a
	@mkdir -p $(@D)
	$(call say,AR,$@)
	$(Q)$(LD) -r -o $(@D)/intoto.o --whole-archive $<
	$(Q)objcopy --wildcard --keep-global-symbol='intoto_*' $(@D)/intoto.o
	$(Q)rm -f $@ && $(AR) rcs $@ $(@D)/intoto.o

$(BUILD)/obj/%.o: src/%.c
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -include src/base/banned.h \
		-MMD -MP -c -o $@ $<

# The files of hooks/ as C strings.
HOOKS = hooks/pre-push hooks/pre-receive hooks/update
$(BUILD)/gen/hook_texts.c: $(HOOKS)
	@mkdir -p $(@D)
	$(call say,GEN,$@)
	$(Q)( echo '#include "policy/hook_texts.h"'; \
	  echo 'const struct hook_text hook_texts[] = {'; \
	  for hook in $(HOOKS); do \
		echo "	{ \"$${hook#hooks/}\","; \
		sed 's/["\\]/\\&/g; s/.*/	  "&\\n"/' $$hook; \
		echo '	},'; \
	  done; \
	  echo '	{ NULL, NULL },'; echo '};' ) >$@

$(BUILD)/obj/policy/hook_texts.o: $(BUILD)/gen/hook_texts.c
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -include stddef.h -c -o $@ $<

# One program per module, so that a crash names its module.
$(BUILD)/unit/%: t/unit/%.c $(BUILD)/libintoto.a
	@mkdir -p $(@D)
	$(call say,TEST,$@)
	$(Q)$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -Wno-shadow -Wno-pedantic \
		-MMD -MP $(LDFLAGS_ALL) -o $@ $< $(BUILD)/libintoto.a \
		$(PKG_LIBS) $(shell pkg-config --libs criterion)

unit: $(UNITS)
	@export LSAN_OPTIONS=suppressions=$(CURDIR)/t/unit/lsan.supp; \
	LSAN_OPTIONS=$$LSAN_OPTIONS:print_suppressions=0; \
	for unit in $(UNITS); do $$unit -j2 || exit 1; done
	@$(MAKE) replay

# Fuzz targets: each parser of foreign bytes. replay.c gives them the seeds and
# what was found before, in every run of the tests; `make fuzz` gives each
# FUZZ_SECONDS of libFuzzer, and keeps what it learns below $(BUILD).
FUZZ_SECONDS = 60
FUZZ_SRC = $(wildcard t/fuzz/fuzz_*.c)
FUZZ = $(FUZZ_SRC:t/fuzz/fuzz_%.c=%)
REPLAYS = $(FUZZ:%=$(BUILD)/replay/%)
FUZZ_SANITIZE = -fsanitize=address,undefined -fno-sanitize-recover

# The trees of a notes commit come from the input.
$(BUILD)/replay/notes $(BUILD)/fuzz/notes: \
	private FUZZ_LINK = -Wl,--wrap=object_read_as

$(BUILD)/replay/%: t/fuzz/fuzz_%.c t/fuzz/replay.c t/fuzz/fuzz.h \
		$(BUILD)/libintoto.a
	@mkdir -p $(@D)
	$(call say,FUZZ,$@)
	$(Q)$(CC) $(CPPFLAGS_ALL) -It $(CFLAGS_ALL) $(LDFLAGS_ALL) -o $@ \
		$< t/fuzz/replay.c $(FUZZ_LINK) $(BUILD)/libintoto.a $(PKG_LIBS)

replay: $(REPLAYS)
	@for name in $(FUZZ); do \
		find t/fuzz/seeds/$$name t/fuzz/found -path "*/$$name/*" \
			-type f -exec $(BUILD)/replay/$$name '{}' + || exit 1; \
	done

$(BUILD)/fuzz/%: t/fuzz/fuzz_%.c t/fuzz/fuzz.h $(BUILD)/libintoto.a
	@mkdir -p $(@D)
	$(call say,FUZZ,$@)
	$(Q)$(CC) $(CPPFLAGS_ALL) -It $(CFLAGS_ALL) -fsanitize=fuzzer \
		$(LDFLAGS_ALL) -o $@ $< $(FUZZ_LINK) $(BUILD)/libintoto.a \
		$(PKG_LIBS)

# FUZZ='json rule' takes some of them.
fuzz: deps
	$(MAKE) -j2 CC=clang BUILD=$(BUILD)/fuzzing CFLAGS='-O1 -g' \
		SANITIZE='$(FUZZ_SANITIZE) -fsanitize=fuzzer-no-link' \
		$(FUZZ:%=$(BUILD)/fuzzing/fuzz/%)
	BUILD=$(BUILD)/fuzzing FUZZ_SECONDS=$(FUZZ_SECONDS) \
		t/fuzz/run.sh $(FUZZ)

# The shell tests run INTOTO_PROGRAM; prove tells how many passed.
shell: all
	cd t && INTOTO_PROGRAM=$(abspath $(BUILD))/git-intoto prove -j2 t[0-9]*.sh

# What follows starts on a machine that may have nothing: packages first, then
# a make of its own, which asks pkg-config again.
deps:
	@contrib/install-deps

check: deps
	$(MAKE) -j2 unit
	$(MAKE) -j2 CC=clang BUILD=$(BUILD)/clang all
	$(MAKE) shell

check-sanitized: deps
	$(MAKE) -j2 BUILD=$(BUILD)/sanitized CFLAGS='-O1 -g' \
		SANITIZE='-fsanitize=address,undefined -fno-sanitize-recover' \
		unit shell

demo: deps
	$(MAKE) -j2 all
	contrib/demo/demo.sh $(abspath $(BUILD)/git-intoto)

# BENCH_REPO=PATH uses that repository; else one is made below $(BUILD).
bench: deps
	$(MAKE) -j2 all
	t/perf/bench.sh $(abspath $(BUILD))
	BENCH_PROGRAM=$(abspath $(BUILD))/git-intoto \
		t/perf/bench-guard.sh $(abspath $(BUILD))
	BENCH_PROGRAM=$(abspath $(BUILD))/git-intoto \
		t/perf/bench-links.sh $(abspath $(BUILD))

# Every refusal of the guard switched off in turn: takes about an hour.
# MUTATE='--only REGEX' takes some of them, MUTATE=--resume goes on.
mutate: deps
	t/mutate.py --dir $(abspath $(BUILD))/mutate $(MUTATE)

lint: all
	cd t && INTOTO_PROGRAM=$(abspath $(BUILD))/git-intoto prove t0000-lint.sh

# Manual pages, where asciidoctor is there; `make` needs none.
PAGES = $(wildcard Documentation/*.adoc)
MAN1 = $(patsubst Documentation/%.adoc,$(BUILD)/man/%.1,\
	$(filter Documentation/git-%,$(PAGES)))
MAN7 = $(patsubst Documentation/%.adoc,$(BUILD)/man/%.7,\
	$(filter Documentation/gitintoto-%,$(PAGES)))

$(BUILD)/man/%.1 $(BUILD)/man/%.7: Documentation/%.adoc
	@mkdir -p $(@D)
	$(call say,MAN,$@)
	$(Q)asciidoctor -b manpage --failure-level WARN \
		-a manversion=$(VERSION) -o $@ $<

doc: $(MAN1) $(MAN7)

install: all $(BUILD)/public/libintoto.a $(if $(shell command -v asciidoctor),doc)
	install -d $(DESTDIR)$(bindir) $(DESTDIR)$(libdir)/pkgconfig \
		$(DESTDIR)$(includedir)/intoto \
		$(DESTDIR)$(mandir)/man1 $(DESTDIR)$(mandir)/man7 \
		$(DESTDIR)$(completiondir)
	install -m 755 $(BUILD)/git-intoto $(BUILD)/git-intoto-gate \
		$(DESTDIR)$(bindir)
	install -m 644 $(BUILD)/public/libintoto.a $(DESTDIR)$(libdir)
	install -m 644 include/intoto/*.h $(DESTDIR)$(includedir)/intoto
	sed -e 's|@prefix@|$(prefix)|' -e 's|@libdir@|$(libdir)|' \
		-e 's|@includedir@|$(includedir)|' -e 's|@version@|$(VERSION)|' \
		-e 's|@requires@|$(PKGS)|' src/intoto.pc.in \
		>$(DESTDIR)$(libdir)/pkgconfig/intoto.pc
	install -m 644 contrib/completion/git-intoto.bash \
		$(DESTDIR)$(completiondir)/git-intoto
	for page in $(MAN1) $(MAN7); do \
		test ! -f $$page || install -m 644 $$page \
			$(DESTDIR)$(mandir)/man$${page##*.}; done

# The program under the names of in-toto's own tools.
COMPAT = in-toto-run in-toto-record in-toto-mock in-toto-sign in-toto-verify \
	in-toto-match-products

install-compat: install
	for tool in $(COMPAT); do \
		ln -sf git-intoto $(DESTDIR)$(bindir)/$$tool; done

# A tool that is not ours stays.
uninstall:
	for tool in $(COMPAT); do \
		test "$$(readlink $(DESTDIR)$(bindir)/$$tool)" != git-intoto || \
			rm -f $(DESTDIR)$(bindir)/$$tool; done
	rm -f $(DESTDIR)$(bindir)/git-intoto $(DESTDIR)$(bindir)/git-intoto-gate \
		$(DESTDIR)$(libdir)/libintoto.a \
		$(DESTDIR)$(libdir)/pkgconfig/intoto.pc \
		$(DESTDIR)$(completiondir)/git-intoto
	rm -rf $(DESTDIR)$(includedir)/intoto
	rm -f $(MAN1:$(BUILD)/man/%=$(DESTDIR)$(mandir)/man1/%) \
		$(MAN7:$(BUILD)/man/%=$(DESTDIR)$(mandir)/man7/%)

clean:
	rm -rf $(BUILD)

-include $(LIB_OBJ:.o=.d) $(CMD_OBJ:.o=.d) $(UNITS:=.d) \
	$(BUILD)/obj/cmd/gate.d

.PHONY: all unit replay fuzz shell deps check check-sanitized demo bench mutate lint doc \
	install install-compat uninstall clean
