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
#include "lib/string.h"
#include "mm/page.h"
#include "mm/reclaim.h"
#include "x86/bootinfo.h"

#define DIR_MODE (S_IRWXU | S_IRGRP | S_IXGRP | S_IROTH | S_IXOTH)

static struct fs_type nameless_type = {.name = "nameless",
    .mount = ramfs_mount};

/* Is the root on a disk, so that it has the programs already? [I] */
static bool root_on_disk;

/* root=DEVICE: mount it as the root, with the options of rootflags=.  Returns 0
 * or the last error. */
static int
mount_root_disk(const char *device)
{
	static const char *const types[] = {"ext3", "ext2"};
	char options[MOUNT_OPTIONS_MAX];
	unsigned flags = 0;
	int err = -ENODEV;

	if (bootinfo_option(&bootinfo, "rootflags", options,
	    sizeof(options)) == NULL)
		options[0] = '\0';
	if (strcmp(options, "ro") == 0 || strncmp(options, "ro,", 3) == 0)
		flags = MOUNT_READONLY;
	for (unsigned i = 0; i < ARRAY_SIZE(types) && err != 0; i++) {
		err = mount_root(types[i], device, flags, options);
		if (err == -EROFS)
			err = mount_root(types[i], device, MOUNT_READONLY,
			    options);
	}
	return err;
}

/* Mount what everything else hangs on: a disk, or an empty ramfs. */
static void
mount_first(void)
{
	char device[MOUNT_OPTIONS_MAX];
	int err;

	if (bootinfo_option(&bootinfo, "root", device, sizeof(device)) !=
	    NULL) {
		err = mount_root_disk(device);
		root_on_disk = err == 0;
		if (root_on_disk)
			return;
		pr_err("root: %s cannot be mounted: error %d; going on with "
		    "the initramfs", device, -err);
	}
	if (mount_root("ramfs", "ramfs", 0, "") != 0)
		panic("no memory for the root file system");
}

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
	mount_first();
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
		int err = 0;

		/* The first one is the programs, the others were added. */
		if (i > 0 || !root_on_disk)
			err = initramfs_unpack(pa_to_va(m->start), m->bytes);
		if (err != 0)
			pr_err("initramfs: %s: error %d: damaged?", m->name,
			    -err);
		page_add_range(m->start, m->start + m->bytes);
	}
	mount_standard("devtmpfs", "/dev");
	mount_standard("proc", "/proc");
}
