/* chardev.c - the list of character devices.
 *
 * Layer: drivers   Called by: drivers, fs/devfs
 *
 * Devices are added at boot, a few dozen in all, and never go away: readers
 * need no lock, for an element is complete before it is linked.
 * SPDX-License-Identifier: MIT */
#include "drivers/chardev.h"

#include "abi/stat.h"
#include "debug/assert.h"
#include "lib/string.h"

static struct list devices = LIST_INIT(devices); /* [I] after boot */

void (*device_hook)(const char *name, mode_t mode, dev_t number);

struct chardev *
chardev_next(struct chardev *dev)
{
	struct list *next = dev != NULL ? dev->link.next : devices.next;

	return next != &devices ? list_entry(next, struct chardev, link) : NULL;
}

struct chardev *
chardev_find(dev_t number)
{
	list_for_each(dev, &devices, struct chardev, link)
		if (dev->number == number)
			return dev;
	return NULL;
}

struct chardev *
chardev_find_name(const char *name)
{
	list_for_each(dev, &devices, struct chardev, link)
		if (strcmp(dev->name, name) == 0)
			return dev;
	return NULL;
}

void
chardev_register(struct chardev *dev)
{
	kassert(chardev_find(dev->number) == NULL);
	kassert(chardev_find_name(dev->name) == NULL);
	list_add_tail(&devices, &dev->link);
	if (device_hook != NULL)
		device_hook(dev->name, S_IFCHR | dev->mode, dev->number);
}
