/* tools.h - the list of the small tools.
 *
 * To add one: write user/tools/NAME.c with a function NAME_main(), and put
 * its name here.  The Makefile makes the link in /bin from the file's name.
 *
 * SPDX-License-Identifier: MIT */
#pragma once

#include "../lib/common.h"

#define TOOLS \
	TOOL(cat) TOOL(chmod) TOOL(clear) TOOL(cp) TOOL(date) TOOL(df) \
	TOOL(dmesg) TOOL(echo) TOOL(env) TOOL(false) TOOL(find) TOOL(free) \
	TOOL(grep) TOOL(head) TOOL(hexdump) TOOL(id) TOOL(kill) TOOL(ln) \
	TOOL(ls) TOOL(mkdir) TOOL(mount) TOOL(mv) TOOL(nice) TOOL(poweroff) \
	TOOL(ps) TOOL(pwd) TOOL(reboot) TOOL(rm) TOOL(rmdir) TOOL(seq) \
	TOOL(sleep) TOOL(sort) TOOL(stat) TOOL(sync) TOOL(tail) \
	TOOL(taskset) TOOL(tee) TOOL(test) TOOL(time) TOOL(touch) \
	TOOL(true) TOOL(umount) TOOL(uname) TOOL(uniq) TOOL(uptime) \
	TOOL(wc) TOOL(which) TOOL(yes)

#define TOOL(name) int name##_main(int argc, char **argv);
TOOLS
#undef TOOL
