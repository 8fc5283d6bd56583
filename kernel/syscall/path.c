/* path.c - system calls on names: open, make, remove, rename, mount, cwd.
 *
 * Layer: syscall   Called by: the table of system calls
 *
 *	open		path, flags, mode	openat: dirfd before the path
 *	mkdir		path, mode		mkdirat
 *	mknod		path, mode, device	mknodat
 *	unlink, rmdir	path			unlinkat: dirfd, path, flags
 *	link, rename	old path, new path	linkat, renameat, renameat2
 *	symlink		text, path		symlinkat: text, dirfd, path
 *	readlink	path, buffer, bytes	readlinkat
 *	chdir, chroot	path			fchdir: fd
 *	getcwd		buffer, bytes
 *	mount		source, directory, type, flags, data
 *	umount2		directory, flags
 *
 * SPDX-License-Identifier: MIT */
#include "syscall/filecalls.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/mount.h"
#include "abi/stat.h"
#include "fs/context.h"
#include "fs/fdtable.h"
#include "fs/file.h"
#include "fs/inode.h"
#include "fs/mount.h"
#include "fs/namei.h"
#include "fs/path.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "mm/usercopy.h"

/* ---- Opening --------------------------------------------------------- */

static long
open_path(int dirfd, const char *user_path, unsigned flags, mode_t mode)
{
	struct path_name path;
	struct file *f;
	int fd;
	int err = path_name_get(&path, user_path);

	if (err != 0)
		return err;
	/* Do not make or empty a file that could not be returned. */
	if ((flags & (O_CREAT | O_TRUNC)) && !fd_room())
		err = -EMFILE;
	else
		err = file_open(dirfd, path.text, flags | O_LARGEFILE, mode,
		    &f);
	path_name_free(&path);
	if (err != 0)
		return err;
	fd = fd_install(f, 0, flags & O_CLOEXEC);
	if (fd < 0)
		file_put(f);
	return fd;
}

long
sys_open(const char *path, unsigned flags, mode_t mode)
{
	return open_path(AT_FDCWD, path, flags, mode);
}

long
sys_openat(int dirfd, const char *path, unsigned flags, mode_t mode)
{
	return open_path(dirfd, path, flags, mode);
}

long
sys_creat(const char *path, mode_t mode)
{
	return open_path(AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, mode);
}

/* ---- Making ---------------------------------------------------------- */

long
sys_mkdirat(int dirfd, const char *user_path, mode_t mode)
{
	struct path_name path;
	int err = path_name_get(&path, user_path);

	if (err != 0)
		return err;
	err = namei_mkdir(dirfd, path.text, mode);
	path_name_free(&path);
	return err;
}

long
sys_mkdir(const char *path, mode_t mode)
{
	return sys_mkdirat(AT_FDCWD, path, mode);
}

long
sys_mknodat(int dirfd, const char *user_path, mode_t mode, unsigned device)
{
	struct path_name path;
	int err;

	switch (mode & S_IFMT) {
	case 0:
		mode |= S_IFREG;
		break;
	case S_IFREG:
	case S_IFCHR:
	case S_IFBLK:
	case S_IFIFO:
	case S_IFSOCK:
		break;
	case S_IFDIR:
		return -EPERM;
	default:
		return -EINVAL;
	}
	err = path_name_get(&path, user_path);
	if (err != 0)
		return err;
	err = namei_mknod(dirfd, path.text, mode, device);
	path_name_free(&path);
	return err;
}

long
sys_mknod(const char *path, mode_t mode, unsigned device)
{
	return sys_mknodat(AT_FDCWD, path, mode, device);
}

/* Copy two paths.  On success both are to be freed. */
static int
two_names_get(struct path_name *a, const char *user_a, struct path_name *b,
    const char *user_b)
{
	int err = path_name_get(a, user_a);

	if (err != 0)
		return err;
	err = path_name_get(b, user_b);
	if (err != 0)
		path_name_free(a);
	return err;
}

long
sys_symlinkat(const char *user_text, int dirfd, const char *user_path)
{
	struct path_name text;
	struct path_name path;
	int err = two_names_get(&text, user_text, &path, user_path);

	if (err != 0)
		return err;
	err = namei_symlink(text.text, dirfd, path.text);
	path_name_free(&path);
	path_name_free(&text);
	return err;
}

long
sys_symlink(const char *text, const char *path)
{
	return sys_symlinkat(text, AT_FDCWD, path);
}

long
sys_linkat(int old_dirfd, const char *old_path, int new_dirfd,
    const char *new_path, int flags)
{
	struct path_name old;
	struct path_name new;
	struct dentry *d;
	unsigned walk = 0;
	int err;

	if (flags & ~(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	if (flags & AT_SYMLINK_FOLLOW)
		walk |= WALK_FOLLOW;
	if (flags & AT_EMPTY_PATH)
		walk |= WALK_EMPTY;
	err = two_names_get(&old, old_path, &new, new_path);
	if (err != 0)
		return err;
	err = path_lookup(old_dirfd, old.text, walk, &d);
	if (err == 0) {
		err = namei_link(d, new_dirfd, new.text);
		dentry_put(d);
	}
	path_name_free(&new);
	path_name_free(&old);
	return err;
}

long
sys_link(const char *old_path, const char *new_path)
{
	return sys_linkat(AT_FDCWD, old_path, AT_FDCWD, new_path, 0);
}

/* ---- Removing and renaming ------------------------------------------- */

long
sys_unlinkat(int dirfd, const char *user_path, int flags)
{
	struct path_name path;
	int err;

	if (flags & ~AT_REMOVEDIR)
		return -EINVAL;
	err = path_name_get(&path, user_path);
	if (err != 0)
		return err;
	err = flags & AT_REMOVEDIR ? namei_rmdir(dirfd, path.text)
	    : namei_unlink(dirfd, path.text);
	path_name_free(&path);
	return err;
}

long
sys_unlink(const char *path)
{
	return sys_unlinkat(AT_FDCWD, path, 0);
}

long
sys_rmdir(const char *path)
{
	return sys_unlinkat(AT_FDCWD, path, AT_REMOVEDIR);
}

long
sys_renameat2(int old_dirfd, const char *old_path, int new_dirfd,
    const char *new_path, unsigned flags)
{
	struct path_name old;
	struct path_name new;
	int err = two_names_get(&old, old_path, &new, new_path);

	if (err != 0)
		return err;
	err = namei_rename(old_dirfd, old.text, new_dirfd, new.text, flags);
	path_name_free(&new);
	path_name_free(&old);
	return err;
}

long
sys_renameat(int old_dirfd, const char *old_path, int new_dirfd,
    const char *new_path)
{
	return sys_renameat2(old_dirfd, old_path, new_dirfd, new_path, 0);
}

long
sys_rename(const char *old_path, const char *new_path)
{
	return sys_renameat2(AT_FDCWD, old_path, AT_FDCWD, new_path, 0);
}

/* ---- Reading links --------------------------------------------------- */

/* Copy a place's path, as the links of /proc show it, to the user. */
static long
copy_place(struct dentry *d, char *buf, size_t size)
{
	struct dentry *root = fs_context_root(fs_current());
	char *path = kmalloc(PATH_MAX);
	long len = -ENOMEM;

	if (path != NULL)
		len = dentry_path(d, root, path, PATH_MAX);
	if (len > 0) {
		len = MIN(len, (long)size);
		if (copy_to_user(buf, path, (size_t)len) != 0)
			len = -EFAULT;
	}
	kfree(path);
	dentry_put(root);
	return len;
}

static long
read_link(struct inode *inode, char *buf, size_t size)
{
	struct link_target target = {0};
	long len;
	int err;

	if (!S_ISLNK(inode->mode))
		return -EINVAL;
	err = inode->ops->get_link(inode, &target);
	if (err != 0)
		return err;
	if (target.jump != NULL) {
		len = copy_place(target.jump, buf, size);
		dentry_put(target.jump);
		return len;
	}
	len = (long)MIN(strlen(target.text), size);
	if (copy_to_user(buf, target.text, (size_t)len) != 0)
		len = -EFAULT;
	kfree(target.to_free);
	return len;
}

long
sys_readlinkat(int dirfd, const char *user_path, char *buf, int size)
{
	struct path_name path;
	struct dentry *d;
	long n;

	if (size <= 0)
		return -EINVAL;
	n = path_name_get(&path, user_path);
	if (n != 0)
		return n;
	/* An empty path names the link that dirfd is (O_PATH). */
	n = path_lookup(dirfd, path.text, dirfd == AT_FDCWD ? 0 : WALK_EMPTY,
	    &d);
	if (n == 0) {
		n = read_link(d->inode, buf, (size_t)size);
		if (n == -EINVAL && *path.text == '\0')
			n = -ENOENT;
		dentry_put(d);
	}
	path_name_free(&path);
	return n;
}

long
sys_readlink(const char *path, char *buf, int size)
{
	return sys_readlinkat(AT_FDCWD, path, buf, size);
}

/* ---- The process's place --------------------------------------------- */

/* Look a directory up.  Returns 0 and *out with a reference. */
static int
directory_get(const char *user_path, struct dentry **out)
{
	struct path_name path;
	int err = path_name_get(&path, user_path);

	if (err != 0)
		return err;
	err = path_lookup(AT_FDCWD, path.text, WALK_FOLLOW | WALK_DIRECTORY,
	    out);
	path_name_free(&path);
	return err;
}

long
sys_chdir(const char *path)
{
	struct dentry *d;
	int err = directory_get(path, &d);

	if (err == 0)
		fs_context_set_cwd(fs_current(), d);
	return err;
}

long
sys_fchdir(int fd)
{
	struct file *f = fd_get_raw(fd);
	long err = 0;

	if (f == NULL)
		return -EBADF;
	if (S_ISDIR(f->inode->mode)) {
		dentry_get(f->dentry);
		fs_context_set_cwd(fs_current(), f->dentry);
	} else {
		err = -ENOTDIR;
	}
	file_put(f);
	return err;
}

long
sys_chroot(const char *path)
{
	struct dentry *d;
	int err = directory_get(path, &d);

	if (err == 0)
		fs_context_set_root(fs_current(), d);
	return err;
}

long
sys_getcwd(char *buf, size_t size)
{
	struct dentry *root = fs_context_root(fs_current());
	struct dentry *cwd = fs_context_cwd(fs_current());
	char *path = kmalloc(PATH_MAX);
	long len = -ENOMEM;

	if (path != NULL)
		len = dentry_path(cwd, root, path, PATH_MAX);
	if (len > 0) {
		len++;	/* the 0 */
		if (!cwd->hashed && cwd != cwd->mount->root)
			len = -ENOENT;
		else if ((size_t)len > size)
			len = -ERANGE;
		else if (copy_to_user(buf, path, (size_t)len) != 0)
			len = -EFAULT;
	}
	kfree(path);
	dentry_put(cwd);
	dentry_put(root);
	return len;
}

/* ---- Mounting -------------------------------------------------------- */

/* Copy a string that may be NULL, which counts as "". */
static int
optional_name_get(struct path_name *name, const char *user)
{
	if (user != NULL)
		return path_name_get(name, user);
	name->text = name->short_text;
	name->short_text[0] = '\0';
	return 0;
}

static int
mount_strings(const char *source, const char *type, struct dentry *at,
    unsigned long flags, const char *data)
{
	struct path_name s;
	struct path_name t;
	struct path_name options;
	int err = optional_name_get(&s, source);

	if (err != 0)
		return err;
	err = optional_name_get(&t, type);
	if (err != 0)
		goto out_source;
	err = optional_name_get(&options, data);
	if (err != 0)
		goto out_type;
	if (type == NULL && !(flags & MS_REMOUNT))
		err = -EINVAL;
	else
		err = mount_at(at, s.text, t.text, flags, options.text);
	path_name_free(&options);
out_type:
	path_name_free(&t);
out_source:
	path_name_free(&s);
	return err;
}

long
sys_mount(const char *source, const char *user_path, const char *type,
    unsigned long flags, const char *data)
{
	struct path_name path;
	struct dentry *d;
	int err = path_name_get(&path, user_path);

	if (err != 0)
		return err;
	err = path_lookup(AT_FDCWD, path.text, WALK_FOLLOW, &d);
	path_name_free(&path);
	if (err != 0)
		return err;
	err = mount_strings(source, type, d, flags, data);
	dentry_put(d);
	return err;
}

long
sys_umount2(const char *user_path, int flags)
{
	struct path_name path;
	struct dentry *d;
	int err;

	if (flags & ~(MNT_FORCE | MNT_DETACH | MNT_EXPIRE | UMOUNT_NOFOLLOW))
		return -EINVAL;
	err = path_name_get(&path, user_path);
	if (err != 0)
		return err;
	err = path_lookup(AT_FDCWD, path.text,
	    flags & UMOUNT_NOFOLLOW ? 0 : WALK_FOLLOW, &d);
	path_name_free(&path);
	return err == 0 ? mount_remove(d, (unsigned)flags) : err;
}
