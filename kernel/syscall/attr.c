/* attr.c - system calls on what a file is: stat, access, chmod, times, statfs.
 *
 * Layer: syscall   Called by: the table of system calls
 *
 *	stat, lstat	path, buffer		fstat: fd, buffer
 *	newfstatat	dirfd, path, buffer, flags
 *	statx		dirfd, path, flags, mask, buffer
 *	access		path, mode		faccessat, faccessat2
 *	chmod		path, mode		fchmod, fchmodat
 *	chown, lchown	path, uid, gid		fchown, fchownat
 *	utimensat	dirfd, path, times, flags; utime, utimes, futimesat
 *	statfs		path, buffer		fstatfs: fd, buffer
 *	umask		mode
 *
 * Everyone is root: nothing is refused because of mode or owner, but executing
 * a file without any x bit.
 *
 * SPDX-License-Identifier: MIT */
#include "syscall/filecalls.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/stat.h"
#include "abi/statfs.h"
#include "abi/time.h"
#include "fs/context.h"
#include "fs/fdtable.h"
#include "fs/file.h"
#include "fs/inode.h"
#include "fs/mount.h"
#include "fs/path.h"
#include "mm/usercopy.h"
#include "sched/clock.h"

#define PERMISSIONS (S_ISUID | S_ISGID | S_ISVTX | S_IRWXU | S_IRWXG | S_IRWXO)
#define ANY_EXEC    (S_IXUSR | S_IXGRP | S_IXOTH)

/* Find the file that dirfd and path name; flags: AT_*, of which `allowed` may
 * be set.  *out: with a reference. */
static int
lookup_at(int dirfd, const char *user_path, int flags, int allowed,
    struct dentry **out)
{
	struct path_name path;
	unsigned walk = flags & AT_SYMLINK_NOFOLLOW ? 0 : WALK_FOLLOW;
	int err;

	if (flags & ~allowed)
		return -EINVAL;
	if (flags & AT_EMPTY_PATH)
		walk |= WALK_EMPTY;
	err = path_name_get(&path, user_path);
	if (err != 0)
		return err;
	err = path_lookup(dirfd, path.text, walk, out);
	path_name_free(&path);
	return err;
}

/* The file of a descriptor, in the same way. */
static int
lookup_fd(int fd, struct dentry **out)
{
	struct file *f = fd_get(fd);

	if (f == NULL)
		return -EBADF;
	*out = f->dentry;
	dentry_get(*out);
	file_put(f);
	return 0;
}

/* ---- stat ------------------------------------------------------------ */

#define STAT_FLAGS (AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH)

long
sys_newfstatat(int dirfd, const char *path, struct abi_stat *user, int flags)
{
	struct abi_stat st;
	struct dentry *d;
	int err = lookup_at(dirfd, path, flags, STAT_FLAGS, &d);

	if (err != 0)
		return err;
	inode_stat(d->inode, &st);
	dentry_put(d);
	return copy_to_user(user, &st, sizeof(st));
}

long
sys_stat(const char *path, struct abi_stat *user)
{
	return sys_newfstatat(AT_FDCWD, path, user, 0);
}

long
sys_lstat(const char *path, struct abi_stat *user)
{
	return sys_newfstatat(AT_FDCWD, path, user, AT_SYMLINK_NOFOLLOW);
}

long
sys_fstat(int fd, struct abi_stat *user)
{
	struct file *f = fd_get_raw(fd);
	struct abi_stat st;

	if (f == NULL)
		return -EBADF;
	inode_stat(f->inode, &st);
	file_put(f);
	return copy_to_user(user, &st, sizeof(st));
}

static struct abi_statx_timestamp
statx_time(struct abi_timespec ts)
{
	return (struct abi_statx_timestamp){
	    .tv_sec = ts.tv_sec,
	    .tv_nsec = (uint32_t)ts.tv_nsec,
	};
}

long
sys_statx(int dirfd, const char *path, int flags, unsigned mask,
    struct abi_statx *user)
{
	struct abi_stat st;
	struct abi_statx stx;
	struct dentry *d;
	int err;

	if ((mask & STATX__RESERVED) ||
	    (flags & AT_STATX_SYNC_TYPE) == AT_STATX_SYNC_TYPE)
		return -EINVAL;
	err = lookup_at(dirfd, path, flags, STAT_FLAGS | AT_STATX_SYNC_TYPE,
	    &d);
	if (err != 0)
		return err;
	inode_stat(d->inode, &st);
	stx = (struct abi_statx){
	    .stx_mask = STATX_BASIC_STATS,
	    .stx_blksize = (uint32_t)st.st_blksize,
	    .stx_attributes = d == d->mount->root ? STATX_ATTR_MOUNT_ROOT : 0,
	    .stx_attributes_mask = STATX_ATTR_MOUNT_ROOT,
	    .stx_nlink = (uint32_t)st.st_nlink,
	    .stx_uid = st.st_uid,
	    .stx_gid = st.st_gid,
	    .stx_mode = (uint16_t)st.st_mode,
	    .stx_ino = st.st_ino,
	    .stx_size = (uint64_t)st.st_size,
	    .stx_blocks = (uint64_t)st.st_blocks,
	    .stx_atime = statx_time(st.st_atim),
	    .stx_ctime = statx_time(st.st_ctim),
	    .stx_mtime = statx_time(st.st_mtim),
	    .stx_rdev_major = ABI_MAJOR(st.st_rdev),
	    .stx_rdev_minor = ABI_MINOR(st.st_rdev),
	    .stx_dev_major = ABI_MAJOR(st.st_dev),
	    .stx_dev_minor = ABI_MINOR(st.st_dev),
	};
	dentry_put(d);
	return copy_to_user(user, &stx, sizeof(stx));
}

/* ---- access and modes ------------------------------------------------ */

long
sys_faccessat2(int dirfd, const char *path, int mode, int flags)
{
	struct dentry *d;
	struct inode *inode;
	int err;

	if (mode & ~(R_OK | W_OK | X_OK))
		return -EINVAL;
	err = lookup_at(dirfd, path, flags,
	    AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH | AT_EACCESS, &d);
	if (err != 0)
		return err;
	inode = d->inode;
	if ((mode & W_OK) && (inode->mount->flags & MOUNT_READONLY) &&
	    (S_ISREG(inode->mode) || S_ISDIR(inode->mode)))
		err = -EROFS;
	else if ((mode & X_OK) && !S_ISDIR(inode->mode) &&
	    !(inode->mode & ANY_EXEC))
		err = -EACCES;
	dentry_put(d);
	return err;
}

long
sys_faccessat(int dirfd, const char *path, int mode)
{
	return sys_faccessat2(dirfd, path, mode, 0);
}

long
sys_access(const char *path, int mode)
{
	return sys_faccessat2(AT_FDCWD, path, mode, 0);
}

/* What the calls below change, as it was before. */
struct attributes {
	mode_t mode;
	uid_t uid;
	gid_t gid;
	int64_t atime_ns;
	int64_t mtime_ns;
	int64_t ctime_ns;
};

/* Begin to change an inode.  Returns 0 or -EROFS; on success its lock is held
 * and change_end() is due. */
static int
change_begin(struct inode *inode, struct attributes *old)
{
	if (inode->mount->flags & MOUNT_READONLY)
		return -EROFS;
	mutex_lock(&inode->lock);
	*old = (struct attributes){inode->mode, inode->uid, inode->gid,
	    inode->atime_ns, inode->mtime_ns, inode->ctime_ns};
	return 0;
}

/* Let the file system store the change; if it cannot, nothing has changed. */
static int
change_end(struct inode *inode, const struct attributes *old)
{
	int err = 0;

	inode->times_dirty = true;
	if (inode->ops->update != NULL)
		err = inode->ops->update(inode);
	if (err != 0) {
		inode->mode = old->mode;
		inode->uid = old->uid;
		inode->gid = old->gid;
		inode->atime_ns = old->atime_ns;
		inode->mtime_ns = old->mtime_ns;
		inode->ctime_ns = old->ctime_ns;
	}
	mutex_unlock(&inode->lock);
	return err;
}

/* Set the permissions of d, whose reference is taken over. */
static long
change_mode(struct dentry *d, mode_t mode)
{
	struct inode *inode = d->inode;
	struct attributes old;
	int err = change_begin(inode, &old);

	if (err == 0) {
		inode->mode = (inode->mode & S_IFMT) | (mode & PERMISSIONS);
		inode_touch(inode, INODE_CTIME);
		err = change_end(inode, &old);
	}
	dentry_put(d);
	return err;
}

long
sys_fchmodat(int dirfd, const char *path, mode_t mode)
{
	struct dentry *d;
	int err = lookup_at(dirfd, path, 0, 0, &d);

	return err == 0 ? change_mode(d, mode) : err;
}

long
sys_chmod(const char *path, mode_t mode)
{
	return sys_fchmodat(AT_FDCWD, path, mode);
}

long
sys_fchmod(int fd, mode_t mode)
{
	struct dentry *d;
	int err = lookup_fd(fd, &d);

	return err == 0 ? change_mode(d, mode) : err;
}

/* Set the owners of d, whose reference is taken over; -1 leaves one alone.  A
 * program that runs with its owner's rights loses that. */
static long
change_owner(struct dentry *d, uid_t uid, gid_t gid)
{
	struct inode *inode = d->inode;
	struct attributes old;
	int err = change_begin(inode, &old);

	if (err == 0) {
		if (uid != (uid_t)-1)
			inode->uid = uid;
		if (gid != (gid_t)-1)
			inode->gid = gid;
		if (!S_ISDIR(inode->mode)) {
			inode->mode &= ~(mode_t)S_ISUID;
			if (inode->mode & S_IXGRP)
				inode->mode &= ~(mode_t)S_ISGID;
		}
		inode_touch(inode, INODE_CTIME);
		err = change_end(inode, &old);
	}
	dentry_put(d);
	return err;
}

long
sys_fchownat(int dirfd, const char *path, uid_t uid, gid_t gid, int flags)
{
	struct dentry *d;
	int err = lookup_at(dirfd, path, flags,
	    AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH, &d);

	return err == 0 ? change_owner(d, uid, gid) : err;
}

long
sys_chown(const char *path, uid_t uid, gid_t gid)
{
	return sys_fchownat(AT_FDCWD, path, uid, gid, 0);
}

long
sys_lchown(const char *path, uid_t uid, gid_t gid)
{
	return sys_fchownat(AT_FDCWD, path, uid, gid, AT_SYMLINK_NOFOLLOW);
}

long
sys_fchown(int fd, uid_t uid, gid_t gid)
{
	struct dentry *d;
	int err = lookup_fd(fd, &d);

	return err == 0 ? change_owner(d, uid, gid) : err;
}

long
sys_umask(mode_t mask)
{
	struct fs_context *c = fs_current();

	return (long)atomic_swap(&c->umask,
	    mask & (S_IRWXU | S_IRWXG | S_IRWXO));
}

/* ---- Times ----------------------------------------------------------- */

/* Seconds and nanoseconds as one number, or the nearest that there is. */
static int64_t
to_ns(const struct abi_timespec *ts)
{
	int64_t ns;

	if (__builtin_mul_overflow(ts->tv_sec, (int64_t)NS_PER_SEC, &ns) ||
	    __builtin_add_overflow(ns, ts->tv_nsec, &ns))
		return ts->tv_sec < 0 ? INT64_MIN : INT64_MAX;
	return ns;
}

static void
set_time(int64_t *time_ns, const struct abi_timespec *ts, int64_t now_ns)
{
	if (ts->tv_nsec == UTIME_NOW)
		*time_ns = now_ns;
	else if (ts->tv_nsec != UTIME_OMIT)
		*time_ns = to_ns(ts);
}

static bool
time_ok(const struct abi_timespec *ts)
{
	return ts->tv_nsec == UTIME_NOW || ts->tv_nsec == UTIME_OMIT ||
	    (ts->tv_nsec >= 0 && ts->tv_nsec < (int64_t)NS_PER_SEC);
}

/* Set access and modification time of the file.  path NULL: of dirfd itself.
 * times NULL: both to now. */
static long
set_times(int dirfd, const char *path, const struct abi_timespec *times,
    int flags)
{
	static const struct abi_timespec both_now[2] = {
	    {0, UTIME_NOW}, {0, UTIME_NOW}};
	struct attributes old;
	struct dentry *d;
	struct inode *inode;
	int64_t now_ns = (int64_t)clock_realtime_ns();
	int err;

	if (times == NULL)
		times = both_now;
	if (!time_ok(&times[0]) || !time_ok(&times[1]))
		return -EINVAL;
	if (times[0].tv_nsec == UTIME_OMIT && times[1].tv_nsec == UTIME_OMIT)
		return 0;
	if (path == NULL && dirfd != AT_FDCWD)
		err = flags != 0 ? -EINVAL : lookup_fd(dirfd, &d);
	else
		err = lookup_at(dirfd, path, flags,
		    AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH, &d);
	if (err != 0)
		return err;

	inode = d->inode;
	err = change_begin(inode, &old);
	if (err == 0) {
		set_time(&inode->atime_ns, &times[0], now_ns);
		set_time(&inode->mtime_ns, &times[1], now_ns);
		inode->ctime_ns = now_ns;
		err = change_end(inode, &old);
	}
	dentry_put(d);
	return err;
}

long
sys_utimensat(int dirfd, const char *path, const struct abi_timespec *user,
    int flags)
{
	struct abi_timespec times[2];

	if (user != NULL && copy_from_user(times, user, sizeof(times)) != 0)
		return -EFAULT;
	return set_times(dirfd, path, user != NULL ? times : NULL, flags);
}

long
sys_futimesat(int dirfd, const char *path, const struct abi_timeval *user)
{
	struct abi_timespec times[2];
	struct abi_timeval tv[2];

	if (user == NULL)
		return set_times(dirfd, path, NULL, 0);
	if (copy_from_user(tv, user, sizeof(tv)) != 0)
		return -EFAULT;
	for (int i = 0; i < 2; i++) {
		if (tv[i].tv_usec < 0 ||
		    tv[i].tv_usec >= (int64_t)(NS_PER_SEC / NS_PER_USEC))
			return -EINVAL;
		times[i].tv_sec = tv[i].tv_sec;
		times[i].tv_nsec = tv[i].tv_usec * (int64_t)NS_PER_USEC;
	}
	return set_times(dirfd, path, times, 0);
}

long
sys_utimes(const char *path, const struct abi_timeval *user)
{
	return sys_futimesat(AT_FDCWD, path, user);
}

long
sys_utime(const char *path, const struct abi_utimbuf *user)
{
	struct abi_timespec times[2];
	struct abi_utimbuf buf;

	if (user == NULL)
		return set_times(AT_FDCWD, path, NULL, 0);
	if (copy_from_user(&buf, user, sizeof(buf)) != 0)
		return -EFAULT;
	times[0] = (struct abi_timespec){buf.actime, 0};
	times[1] = (struct abi_timespec){buf.modtime, 0};
	return set_times(AT_FDCWD, path, times, 0);
}

/* ---- statfs ---------------------------------------------------------- */

/* Tell of the file system of d, whose reference is taken over. */
static long
statfs_of(struct dentry *d, struct abi_statfs *user)
{
	struct mount *m = d->mount;
	struct abi_statfs st = {
	    .f_bsize = PAGE_SIZE,
	    .f_frsize = PAGE_SIZE,
	    .f_namelen = NAME_MAX,
	    .f_fsid = {(int32_t)m->dev, 0},
	    .f_flags = ST_VALID | ST_RELATIME |
		(m->flags & MOUNT_READONLY ? ST_RDONLY : 0),
	};
	int err = 0;

	if (m->ops->statfs != NULL)
		err = m->ops->statfs(m, &st);
	dentry_put(d);
	return err == 0 ? copy_to_user(user, &st, sizeof(st)) : err;
}

long
sys_statfs(const char *path, struct abi_statfs *user)
{
	struct dentry *d;
	int err = lookup_at(AT_FDCWD, path, 0, 0, &d);

	return err == 0 ? statfs_of(d, user) : err;
}

long
sys_fstatfs(int fd, struct abi_statfs *user)
{
	struct file *f = fd_get_raw(fd);
	struct dentry *d;

	if (f == NULL)
		return -EBADF;
	d = f->dentry;
	dentry_get(d);
	file_put(f);
	return statfs_of(d, user);
}
