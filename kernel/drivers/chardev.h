/* chardev.h - character devices: what devfs lists and open(2) finds.
 *
 * Layer: drivers   Called by: drivers (register), fs/devfs (open and the rest)
 *
 * A driver fills a struct chardev with a name, a number and a table of
 * operations and registers it.  devfs makes /dev/NAME of it; each open(2) gives
 * a struct chardev_file, embedded in the struct file of fs, to the operations.
 * SPDX-License-Identifier: MIT */
#pragma once

#include "lib/list.h"
#include "lib/types.h"

struct iobuf;
struct poller;
struct vm_object;
struct chardev;

/* dev_t as stat(2) shows it: 12 bits of major, 20 of minor, interleaved. */
#define DEV_MAKE(major, minor)                       \
	((dev_t)(major) << 8 | (dev_t)((minor) & 255) | \
	    (dev_t)((minor) >> 8) << 20)

/* The numbers that Linux gave to devices, and programs expect. */
#define DEV_NULL       DEV_MAKE(1, 3)
#define DEV_ZERO       DEV_MAKE(1, 5)
#define DEV_FULL       DEV_MAKE(1, 7)
#define DEV_RANDOM     DEV_MAKE(1, 8)
#define DEV_URANDOM    DEV_MAKE(1, 9)
#define DEV_KMSG       DEV_MAKE(1, 11)
#define DEV_TTY_VT(n)  DEV_MAKE(4, (n))
#define DEV_TTYS(n)    DEV_MAKE(4, 64 + (n))
#define DEV_TTY        DEV_MAKE(5, 0)
#define DEV_CONSOLE    DEV_MAKE(5, 1)

/* One opening of a device.  fs owns it, sets dev and flags before open() and
 * keeps flags (the O_ flags of abi/fcntl.h) up to date.  pos and priv are the
 * driver's: both are 0 when open() is called. */
struct chardev_file {
	struct chardev *dev;
	unsigned flags;
	off_t pos;
	void *priv;
};

/*
 * Operations.  All may sleep; interruptible sleeps end with -ERESTARTSYS.
 *
 *   open    - Optional.  May set f->dev to another device, which serves this
 *             opening from now on (/dev/tty does).  0 or -E...; on an error
 *             release is not called.
 *   release - Optional.  The last descriptor of this opening is gone.
 *   read    - Bytes from the device to io.  Count, 0 at the end, or -E....
 *             NULL: -EINVAL.
 *   write   - Bytes from io to the device.  Count or -E....  NULL: -EINVAL.
 *   poll    - The ready POLL* events (abi/poll.h); registers with p, if p is
 *             not NULL, where changes are told.  NULL: always POLLIN|POLLOUT.
 *   ioctl   - -ENOTTY: not known.  arg is a user address or a number.
 *             NULL: -ENOTTY.
 *   mmap    - What a mapping of bytes [off, off + bytes) shows.  *obj comes
 *             with a reference.  NULL: -ENODEV.
 */
struct chardev_ops {
	int (*open)(struct chardev_file *f);
	void (*release)(struct chardev_file *f);
	ssize_t (*read)(struct chardev_file *f, struct iobuf *io);
	ssize_t (*write)(struct chardev_file *f, struct iobuf *io);
	unsigned (*poll)(struct chardev_file *f, struct poller *p);
	long (*ioctl)(struct chardev_file *f, unsigned cmd, unsigned long arg);
	int (*mmap)(struct chardev_file *f, off_t off, size_t bytes,
	    struct vm_object **obj);
};

/* All members are immutable after chardev_register() but link, which the
 * registry's lock protects.  A device is never taken away again. */
struct chardev {
	const char *name; /* below /dev: "ttyS0", "net/tap" */
	dev_t number;     /* DEV_MAKE(major, minor), as Linux numbers it */
	mode_t mode;      /* permission bits, 0600 */
	const struct chardev_ops *ops;
	void *priv; /* the driver's */
	struct list link;
};

/* Borrow dev for ever and list it.  Before and after devfs is mounted: see
 * device_hook.  Asserts that name and number are new.  May sleep; no mutex
 * held. */
void chardev_register(struct chardev *dev);

/* The device of that number or name, or NULL.  Any context. */
struct chardev *chardev_find(dev_t number);
struct chardev *chardev_find_name(const char *name);

/* The device after dev in order of registration, the first one for NULL; NULL
 * at the end. */
struct chardev *chardev_next(struct chardev *dev);

/* Set by devfs: told of each device, character or block, that is registered from
 * then on.  mode: with its type.  May sleep. */
extern void (*device_hook)(const char *name, mode_t mode, dev_t number);
