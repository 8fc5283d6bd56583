/* fs.c - how the files start at boot.
 *
 * Layer: fs   Called by: main
 *
 * SPDX-License-Identifier: MIT */
#include "fs/fs.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/stat.h"
#include "debug/assert.h"
#include "debug/printk.h"
#include "fs/buffer.h"
#include "fs/dentry.h"
#include "fs/devfs.h"
#include "fs/initramfs.h"
#include "fs/internal.h"
#include "fs/mount.h"
#include "fs/namei.h"
#include "fs/path.h"
#include "fs/ramfs.h"
#include "mm/page.h"
#include "mm/reclaim.h"
#include "x86/bootinfo.h"

#define DIR_MODE (S_IRWXU | S_IRGRP | S_IXGRP | S_IROTH | S_IXOTH)

static struct fs_type nameless_type = {.name = "nameless",
    .mount = ramfs_mount};

void
fs_init(void)
{
	dentry_init();
	reclaim_add_shrinker(dentry_shrink);
	reclaim_add_shrinker(buffer_shrink_all);
	inode_init();
	file_init();
	fdtable_init();
	pipe_init();
	ramfs_init();
	devfs_init();
	procfs_init();
	ext2_init();
	mount_init(&nameless_type);
	if (mount_root("ramfs", "ramfs") != 0)
		panic("no memory for the root file system");
}

/* Mount a file system of our own, whose source is named like its type. */
static void
mount_standard(const char *type, const char *path)
{
	struct dentry *d;
	int err = namei_mkdir(AT_FDCWD, path, DIR_MODE);

	if (err == 0 || err == -EEXIST)
		err = path_lookup(AT_FDCWD, path, WALK_FOLLOW, &d);
	if (err == 0) {
		err = mount_at(d, type, type, 0, "");
		dentry_put(d);
	}
	if (err != 0)
		pr_err("%s: cannot be mounted on %s: error %d", type, path,
		    -err);
}

void
fs_populate(void)
{
	for (unsigned i = 0; i < bootinfo.module_count; i++) {
		const struct boot_module *m = &bootinfo.modules[i];
		int err = initramfs_unpack(pa_to_va(m->start), m->bytes);

		if (err != 0)
			pr_err("initramfs: %s: error %d: damaged?", m->name,
			    -err);
		page_add_range(m->start, m->start + m->bytes);
	}
	mount_standard("devtmpfs", "/dev");
	mount_standard("proc", "/proc");
}
