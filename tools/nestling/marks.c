/* marks.c - a plugin of QEMU: how many instructions ran between two marks.
 *
 * A mark is an instruction that does nothing, with a displacement by which
 * it is known: nopl "NSTa"(%rax) is a start, nopl "NSTb"(%rax) an end
 * (user/bench/disk.c).  At each, a line "a COUNT" or "b COUNT" is appended to
 * the file: the instructions that the machine has executed since power-on.
 * Unlike the machine's clocks, the count stands still while its CPUs wait.
 *
 * usage: qemu-system-x86_64 -plugin .../marks.so,out=FILE     (one CPU)
 *
 * Distributions have the plugins' interface in QEMU, but not its header: here
 * is what we use of it (version 1: QEMU 4.2 to 8.2).  QEMU counts a block of
 * instructions when it is entered, so a count is a few too high.
 *
 * SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

typedef uint64_t plugin_id;
struct block;
struct instruction;
enum { ADD_U64 };
enum { NO_REGISTERS };

void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id id,
    void (*translated)(plugin_id id, struct block *block));
size_t qemu_plugin_tb_n_insns(const struct block *block);
struct instruction *qemu_plugin_tb_get_insn(const struct block *block,
    size_t index);
const void *qemu_plugin_insn_data(const struct instruction *instruction);
size_t qemu_plugin_insn_size(const struct instruction *instruction);
void qemu_plugin_register_vcpu_tb_exec_inline(struct block *block, int op,
    void *number, uint64_t add);
void qemu_plugin_register_vcpu_insn_exec_cb(struct instruction *instruction,
    void (*executed)(unsigned cpu, void *arg), int flags, void *arg);

#define EXPORT __attribute__((visibility("default")))

EXPORT int qemu_plugin_version = 1;

static const uint8_t mark[] = {0x0f, 0x1f, 0x80, 'N', 'S', 'T'};
static uint64_t executed;
static FILE *out;

static void
at_mark(unsigned cpu, void *arg)
{
	(void)cpu;
	fprintf(out, "%c %" PRIu64 "\n", (char)(uintptr_t)arg, executed);
	fflush(out);
}

static void
at_translation(plugin_id id, struct block *block)
{
	size_t count = qemu_plugin_tb_n_insns(block);

	(void)id;
	qemu_plugin_register_vcpu_tb_exec_inline(block, ADD_U64, &executed,
	    count);
	for (size_t i = 0; i < count; i++) {
		struct instruction *in = qemu_plugin_tb_get_insn(block, i);
		const uint8_t *bytes = qemu_plugin_insn_data(in);

		if (qemu_plugin_insn_size(in) == sizeof(mark) + 1 &&
		    memcmp(bytes, mark, sizeof(mark)) == 0)
			qemu_plugin_register_vcpu_insn_exec_cb(in, at_mark,
			    NO_REGISTERS,
			    (void *)(uintptr_t)bytes[sizeof(mark)]);
	}
}

EXPORT int
qemu_plugin_install(plugin_id id, const void *info, int argc, char **argv)
{
	(void)info;
	if (argc != 1 || strncmp(argv[0], "out=", 4) != 0)
		return -1;
	out = fopen(argv[0] + 4, "a");
	if (out == NULL)
		return -1;
	qemu_plugin_register_vcpu_tb_trans_cb(id, at_translation);
	return 0;
}
