/* mount.c - mount a file system, or list what is mounted.
 *
 *   mount      mount -t TYPE [-o OPTION,...] DEVICE DIR
 *
 * SPDX-License-Identifier: MIT */
#include "tools.h"

#include <mntent.h>
#include <sys/mount.h>

static const char synopsis[] = "mount [-t TYPE [-o OPTION,...] DEVICE DIR]";

static const struct {
	const char *name;
	unsigned long flag;
} options[] = {
	{"rw", 0},		  {"ro", MS_RDONLY},
	{"remount", MS_REMOUNT},  {"bind", MS_BIND},
	{"noexec", MS_NOEXEC},	  {"nosuid", MS_NOSUID},
	{"nodev", MS_NODEV},	  {"noatime", MS_NOATIME},
	{"sync", MS_SYNCHRONOUS},
};

/* Flags for mount(2) from "ro,noexec"; what we do not know goes, as it is,
 * to the file system, in REST. */
static unsigned long
parse_options(char *text, char *rest)
{
	unsigned long flags = 0;
	char *name;

	for (name = strtok(text, ","); name; name = strtok(NULL, ",")) {
		size_t i = 0;

		while (i < sizeof(options) / sizeof(options[0]) &&
		       strcmp(name, options[i].name) != 0)
			i++;
		if (i < sizeof(options) / sizeof(options[0])) {
			flags |= options[i].flag;
			continue;
		}
		if (rest[0] != '\0')
			strcat(rest, ",");
		strcat(rest, name);
	}
	return flags;
}

static void
list(void)
{
	FILE *file = setmntent("/proc/mounts", "r");
	struct mntent *m;

	if (file == NULL)
		err(EXIT_FAILURE, "/proc/mounts");
	while ((m = getmntent(file)) != NULL)
		printf("%s on %s type %s (%s)\n", m->mnt_fsname, m->mnt_dir,
		    m->mnt_type, m->mnt_opts);
	endmntent(file);
}

int
mount_main(int argc, char **argv)
{
	const char *type = NULL;
	char *rest = "";
	unsigned long flags = 0;
	int option;

	while ((option = getopt(argc, argv, "t:o:")) != -1) {
		if (option == 't') {
			type = optarg;
		} else if (option == 'o') {
			rest = calloc(1, strlen(optarg) + 1);
			if (rest == NULL)
				err(EXIT_FAILURE, "calloc");
			flags = parse_options(optarg, rest);
		} else {
			usage(synopsis);
		}
	}
	if (argc == 1) {
		list();
		return finish(EXIT_SUCCESS);
	}
	if (argc - optind != 2 ||
	    (type == NULL && !(flags & (MS_REMOUNT | MS_BIND))))
		usage(synopsis);
	if (mount(argv[optind], argv[optind + 1], type, flags, rest) < 0)
		err(EXIT_FAILURE, "%s on %s", argv[optind], argv[optind + 1]);
	return EXIT_SUCCESS;
}
