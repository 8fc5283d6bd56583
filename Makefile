# Nestling: the whole build.  `make help` lists what can be asked for.
# SPDX-License-Identifier: MIT

BUILD ?= build
PYTHON := /usr/bin/python3
ifeq ($(origin CC),default)
CC := gcc
endif
USER_CC ?= musl-gcc

all: kernel user tests iso disk

# ---- Flags ------------------------------------------------------------

# WERROR=1 makes a warning an error: `make check` builds that way.
WARN := -Wall -Wextra -Wshadow $(if $(WERROR),-Werror)

# The kernel may use no library, no SSE register (they belong to programs)
# and no red zone (an interrupt would overwrite it).  It lives in the top
# 2 GiB of the address space, and is debugged by its frame pointers.
KFLAGS := -std=c17 -O2 -g $(WARN) -ffreestanding -nostdinc \
	-isystem $(shell $(CC) -print-file-name=include) \
	-mno-red-zone -mgeneral-regs-only -mcmodel=kernel -fno-pic -fno-pie \
	-fno-stack-protector -fno-omit-frame-pointer -fno-strict-aliasing \
	-fcf-protection=none -fno-asynchronous-unwind-tables \
	-Ikernel -Ikernel/include $(CFLAGS)
KLDFLAGS := -nostdlib -z noexecstack -z max-page-size=4096 --build-id=none \
	--fatal-warnings

# Programs are ordinary static Linux programs.  What they do not use is left
# out, and their segments share pages in the file: GRUB has less to read.
UFLAGS := -std=c17 -O2 -g $(WARN) -D_GNU_SOURCE= -ffunction-sections \
	-fdata-sections $(CFLAGS)
ULDFLAGS := -static -Wl,--gc-sections,-z,noseparate-code

# ---- Helpers ----------------------------------------------------------

# One line for each step; `make V=1` shows the whole commands.
say = $(if $(V),,@printf '%-5s %s\n' '$(1)' '$(patsubst $(BUILD)/%,%,$@)';)

# $(call remember,FILE,TEXT): FILE is touched only when TEXT changes; what
# depends on it is then made again (other compiler, source file removed).
define remember
$(1): FORCE
	@mkdir -p $$(@D); echo '$(2)' | cmp -s - $$@ || echo '$(2)' >$$@
endef
FORCE:

# ---- Kernel -----------------------------------------------------------

# The tests inside the kernel are always built in; test=PATTERN runs them.
KSRC := $(sort $(shell find kernel -name '*.[cS]') $(wildcard tests/kernel/*.c))
KOBJ := $(KSRC:%=$(BUILD)/%.o)
KELF := $(BUILD)/kernel/nestling.elf

$(eval $(call remember,$(BUILD)/kernel/flags,$(CC) $(KFLAGS)))
$(eval $(call remember,$(BUILD)/kernel/files,$(KLDFLAGS) $(KOBJ)))

$(BUILD)/%.c.o: %.c $(BUILD)/kernel/flags
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(KFLAGS) -MMD -MP -c -o $@ $<

# The assembler of clang drops .cfi_signal_frame, which GDB wants in trap.S.
$(BUILD)/%.S.o: KFLAGS += $(if $(findstring clang,$(CC)), \
	-fno-integrated-as -Xassembler -g)
$(BUILD)/%.S.o: %.S $(BUILD)/kernel/flags
	@mkdir -p $(@D)
	$(call say,AS)$(CC) $(KFLAGS) -MMD -MP -c -o $@ $<

$(KELF): $(KOBJ) kernel/x86/kernel.ld $(BUILD)/kernel/files
	$(call say,LD)ld $(KLDFLAGS) -T kernel/x86/kernel.ld -o $@ $(KOBJ)

# GRUB loads every section of the file it boots: that one has the symbols,
# for backtraces, but not the debug information.
$(BUILD)/kernel/boot.elf: $(KELF)
	$(call say,STRIP)objcopy --strip-debug $< $@

-include $(KOBJ:.o=.d)

kernel: $(BUILD)/kernel/boot.elf

# ---- Programs ---------------------------------------------------------

# user/NAME.c is a program, and so is a folder user/NAME/ of C files.
# user/lib/ is linked to all.  $(call sources,NAME,FOLDER) are its files.
sources = $(sort $(wildcard $(2)/$(1).c $(2)/$(1)/*.c))
ULIB := $(sort $(wildcard user/lib/*.c))
UPROG := $(sort $(basename $(notdir $(wildcard user/*.c))) \
	$(filter-out lib,$(patsubst user/%/,%,$(sort $(dir \
	$(wildcard user/*/*.c))))))
UBIN := $(UPROG:%=$(BUILD)/user/bin/%)

# The small tools are one program, user/tools/, that goes by many names.
TOOLS := $(filter-out main,$(basename $(notdir $(sort \
	$(wildcard user/tools/*.c))))) [
ULINKS := $(TOOLS:%=$(BUILD)/user/bin/%)

# The programs of the tests share tests/FOLDER/lib.c.
TESTDIRS := user faults
TBIN := $(foreach d,$(TESTDIRS),$(patsubst tests/%.c,$(BUILD)/tests/%, \
	$(filter-out %/lib.c,$(sort $(wildcard tests/$d/*.c)))))

# $(call objects,FILES) are the objects of C files.
objects = $(patsubst %.c,$(BUILD)/%.o,$(1))
UOBJ := $(call objects,$(foreach p,$(UPROG),$(call sources,$p,user)) $(ULIB) \
	$(foreach d,$(TESTDIRS),$(wildcard tests/$d/*.c)))

$(eval $(call remember,$(BUILD)/user/flags,$(USER_CC) $(UFLAGS)))
$(eval $(call remember,$(BUILD)/user/files,$(ULDFLAGS) $(UOBJ)))

$(UOBJ): $(BUILD)/%.o: %.c $(BUILD)/user/flags
	@mkdir -p $(@D)
	$(call say,UCC)$(USER_CC) $(UFLAGS) -Iuser -Ikernel/include -MMD -MP \
		-c -o $@ $<

# Rules that look at $* in what they depend on.
.SECONDEXPANSION:
$(UBIN): $(BUILD)/user/bin/%: $$(call objects,$$(call sources,$$*,user)) \
		$(call objects,$(ULIB)) $(BUILD)/user/files
	@mkdir -p $(@D)
	$(call say,ULD)$(USER_CC) $(ULDFLAGS) -o $@ $(filter %.o,$^)

$(TBIN): $(BUILD)/tests/%: $(BUILD)/tests/%.o \
		$$(call objects,$$(wildcard tests/$$(*D)/lib.c)) \
		$(BUILD)/user/files
	$(call say,ULD)$(USER_CC) $(ULDFLAGS) -o $@ $(filter %.o,$^)

$(ULINKS): $(BUILD)/user/bin/tools
	@ln -sf tools $@

# What goes into the image is stripped; the original stays for GDB.
$(BUILD)/stripped/%: $(BUILD)/%
	@mkdir -p $(@D)
	@strip -o $@ $<

-include $(UOBJ:.o=.d)

user: $(UBIN) $(ULINKS)
tests: $(TBIN)

# ---- Images -----------------------------------------------------------

# The first programs have their places in /sbin, the others are in /bin.
SBIN := init agent
place = $(if $(filter $(1),$(SBIN)),/sbin/$(1),/bin/$(1))
BUSYBOX := $(wildcard /bin/busybox)
ETC := $(sort $(wildcard user/etc/*))
ROOTFS := /bin/ /sbin/ /dev/ /proc/ /tmp/:1777 /etc/ /root/:700 /tests/ \
	$(foreach p,$(UPROG),$(call place,$p)=$(BUILD)/stripped/user/bin/$p) \
	$(TOOLS:%=/bin/%@tools) \
	$(if $(BUSYBOX),/bin/busybox=$(BUSYBOX)) \
	$(foreach f,$(ETC:user/%=%),/$f=user/$f)
TESTFS := /tests/ $(TESTDIRS:%=/tests/%/) \
	$(foreach p,$(TBIN:$(BUILD)/tests/%=%),/tests/$p=$(BUILD)/stripped/tests/$p) \
	$(if $(wildcard tests/busybox),/tests/busybox/ \
	$(foreach f,$(sort $(wildcard tests/busybox/*)),/$f=$f))
files = $(foreach f,$(1),$(if $(findstring =,$f),$(lastword $(subst =, ,$f))))

$(eval $(call remember,$(BUILD)/initramfs.list,$(ROOTFS)))
$(eval $(call remember,$(BUILD)/tests.list,$(TESTFS)))

$(BUILD)/initramfs.cpio: $(call files,$(ROOTFS)) $(BUILD)/initramfs.list
	$(call say,CPIO)$(PYTHON) tools/mkcpio $@ $(ROOTFS)

$(BUILD)/tests.cpio: $(call files,$(TESTFS)) $(BUILD)/tests.list
	$(call say,CPIO)$(PYTHON) tools/mkcpio $@ $(TESTFS)

$(BUILD)/nestling.iso: $(BUILD)/kernel/boot.elf $(BUILD)/initramfs.cpio \
		tools/mkiso tools/nestling/iso.py
	$(call say,ISO)$(PYTHON) tools/mkiso $(BUILD)

iso: $(BUILD)/nestling.iso

# The disk with the same programs.  What was changed on it in the machine stays,
# so its time stamp says nothing: mkdisk remembers what it put there.
disk: $(call files,$(ROOTFS))
	@$(PYTHON) tools/mkdisk $(BUILD)/disk.img $(ROOTFS)

clean-disk:
	rm -f $(BUILD)/disk.img $(BUILD)/disk.img.list

# All that tests need.
image: iso disk user $(BUILD)/tests.cpio

# ---- Commands ---------------------------------------------------------

# The first ones look for missing packages, so that they work on a fresh system;
# what was found above on an incomplete one is found again by the inner make.
CPUS ?= 2
MEM ?= 512
DISK ?= $(BUILD)/disk.img
RUN = tools/run --build $(BUILD) --cpus $(CPUS) --mem $(MEM) --console
# $(call root,NAME): the machine's root is the disk, which it calls NAME.
root = $(if $(DISK),--disk $(DISK) --append root=/dev/$(1))

deps:
	@tools/deps

qemu: deps
	@$(MAKE) --no-print-directory iso disk
	@$(RUN) $(call root,vda)

bochs: deps
	@$(MAKE) --no-print-directory iso disk
	@$(RUN) --machine bochs $(call root,hda)

qemu-gdb: deps
	@$(MAKE) --no-print-directory iso disk
	@$(RUN) --gdb-socket $(BUILD)/gdb.sock $(call root,vda)

gdb:
	@test -S $(BUILD)/gdb.sock || \
		{ echo 'First, in another terminal: make qemu-gdb'; exit 1; }
	@gdb -q -x tools/gdb/nestling.py -ex 'target remote $(BUILD)/gdb.sock' \
		$(KELF)

bench: deps
	@$(MAKE) --no-print-directory iso
	@tools/bench --build $(BUILD)

check: deps
	@$(MAKE) --no-print-directory image
	@BUILD=$(BUILD) $(PYTHON) tests/check $(if $(T),'$(T)')

# 100,000 power cuts: T=name for one workload, CUTS=n for each of them.
CUTS ?= 2200
torture: deps
	@$(MAKE) --no-print-directory -s -C tests/host/fs \
		BUILD=$(abspath $(BUILD))
	@$(BUILD)/hostfs/fast/torture -n $(CUTS) $(if $(T),-w '$(T)')

clean:
	rm -rf $(BUILD)

define HELP
make              the kernel, the programs, build/nestling.iso, build/disk.img
make qemu         boot to a shell on this terminal (Ctrl-A x ends QEMU)
make bochs        the same on Bochs, which has VT-x
make qemu-gdb     QEMU stopped, waiting for GDB
make gdb          GDB attached to it, with symbols and our commands
make check        every test; make check T=pattern: those that match
make torture      100,000 power cuts, judged (make torture T=workload)
make bench        the benchmark table
make deps         install missing packages (qemu and check do it too)
make clean        remove build/
make clean-disk   remove build/disk.img, the disk of `make qemu`: start afresh
tools/run -- CMD  boot a machine, run one command in it (tools/run --help)

Variables: CC=clang, BUILD=folder, V=1 (show commands), CPUS=n, MEM=MiB,
DISK=image (empty: no disk, all is forgotten)
endef
export HELP
help:
	@echo "$$HELP"

.PHONY: all kernel user tests iso disk image deps qemu bochs qemu-gdb gdb \
	bench check torture clean clean-disk help FORCE
.DELETE_ON_ERROR:
