/* namei.c - look up, make, link, remove and rename files.
 *
 * Layer: fs/ext2   Called by: fs/namei.c, rename.c, path.c through inode_ops
 *
 * Each operation is one handle of the journal, so it is on the disk wholly or
 * not at all.  Inside it, what can fail comes first: the inodes are changed and
 * stored, which reads their blocks, and then the entries.  If an entry cannot
 * be changed, the inodes get back what they had; their blocks belong to the
 * handle already, so that does not fail.
 *
 * A file that loses its last name goes on the list of orphans at once, even if
 * nobody has it open: it is freed after this handle, and the power may fail
 * between the two.
 *
 * SPDX-License-Identifier: MIT */
#include "fs/namei.h"

#include "abi/errno.h"
#include "abi/stat.h"
#include "fs/ext2/ext2.h"

/* Bounds of what an operation may change. */
#define CREDITS_ORPHAN (EXT2_CREDITS_INODE + 2)
#define CREDITS_LINK   (EXT2_CREDITS_DIR + 2 * EXT2_CREDITS_INODE)
#define CREDITS_CREATE (CREDITS_LINK + EXT2_CREDITS_ALLOC + \
    EXT2_CREDITS_MAP + 1 + EXT2_CREDITS_INODE)
#define CREDITS_UNLINK (1 + 2 * EXT2_CREDITS_INODE + CREDITS_ORPHAN)
#define CREDITS_RENAME (EXT2_CREDITS_DIR + 3 + 4 * EXT2_CREDITS_INODE + \
    CREDITS_ORPHAN)

#define INODES_MAX 4	/* that one operation changes: rename's */
#define TIMES_ENTRIES (INODE_MTIME | INODE_CTIME)

static const struct qstr dotdot = {"..", 2, 0};

/* An inode as it was before the operation. */
struct saved {
	struct inode *inode;
	nlink_t nlink;
	int64_t mtime_ns;
	int64_t ctime_ns;
};

/* An operation on its way. */
struct work {
	struct journal_handle h;
	struct saved saved[INODES_MAX];
	unsigned count;
};

/* What entries say of a file's type. */
static unsigned
entry_type(const struct inode *inode)
{
	switch (inode->mode & S_IFMT) {
	case S_IFREG:
		return EXT2_FT_REG;
	case S_IFDIR:
		return EXT2_FT_DIR;
	case S_IFCHR:
		return EXT2_FT_CHR;
	case S_IFBLK:
		return EXT2_FT_BLK;
	case S_IFIFO:
		return EXT2_FT_FIFO;
	case S_IFSOCK:
		return EXT2_FT_SOCK;
	case S_IFLNK:
		return EXT2_FT_SYMLINK;
	default:
		return EXT2_FT_UNKNOWN;
	}
}

/* chattr(1) forbids it. */
static bool
is_fixed(const struct inode *inode, unsigned flags)
{
	return ext2_inode(inode)->flags & flags;
}

static int
begin(struct work *w, struct inode *dir, unsigned credits)
{
	struct ext2_fs *fs = ext2_fs(dir);
	int err = ext2_check_writable(fs);

	w->count = 0;
	if (err == 0 && is_fixed(dir, EXT2_FL_IMMUTABLE))
		err = -EPERM;
	return err == 0 ? ext2_begin(fs, &w->h, credits) : err;
}

/* Take back what change() did. */
static void
undo(struct work *w)
{
	while (w->count > 0) {
		struct saved *s = &w->saved[--w->count];

		if (s->inode->nlink == 0 && s->nlink != 0)
			ext2_orphan_remove(&w->h, s->inode);
		s->inode->nlink = s->nlink;
		s->inode->mtime_ns = s->mtime_ns;
		s->inode->ctime_ns = s->ctime_ns;
		ext2_inode_store(&w->h, s->inode);
	}
}

/* The operation has given err: take back everything if that is an error, and
 * end the handle.  Returns err: once entries are changed, the names in memory
 * have to follow, whatever becomes of the journal. */
static int
end(struct work *w, int err)
{
	if (err != 0)
		undo(w);
	journal_end(&w->h);
	return err;
}

/* Give an inode so many links more, or less, and new times, and store it.
 * Returns 0, -EIO, ...; end() takes it back then. */
static int
change(struct work *w, struct inode *inode, int links, unsigned times)
{
	int err;

	kassert(w->count < INODES_MAX);
	w->saved[w->count++] = (struct saved){
	    .inode = inode,
	    .nlink = inode->nlink,
	    .mtime_ns = inode->mtime_ns,
	    .ctime_ns = inode->ctime_ns,
	};
	inode->nlink += (nlink_t)links;
	inode_touch(inode, times);
	err = ext2_inode_store(&w->h, inode);
	if (err == 0 && inode->nlink == 0)
		err = ext2_orphan_add(&w->h, inode);
	return err;
}

/* What a directory that loses a subdirectory has to count.  One whose count is
 * wrong already keeps its own two links. */
static int
one_less(const struct inode *dir)
{
	return dir->nlink > 2 ? -1 : 0;
}

/* A file loses a name, a directory its only one and its ".". */
static int
remove_link(struct work *w, struct inode *inode)
{
	int links = inode->nlink > 0 ? -1 : 0;

	if (S_ISDIR(inode->mode))
		links = -(int)inode->nlink;
	return change(w, inode, links, INODE_CTIME);
}

/* An entry that the table of names knows, or "..", is not on the disk. */
static int
entry_error(const struct inode *dir, const struct qstr *name, int err)
{
	if (err != -ENOENT)
		return err;
	return ext2_error(ext2_fs(dir), "directory %lu: %.*s is gone", dir->ino,
	    (int)name->len, name->text);
}

static int
set_entry(struct work *w, struct inode *dir, const struct qstr *name,
    const struct inode *inode)
{
	return entry_error(dir, name, ext2_dir_set(&w->h, dir, name,
	    (uint32_t)inode->ino, entry_type(inode)));
}

static int
add_entry(struct work *w, struct inode *dir, const struct qstr *name,
    const struct inode *inode)
{
	return ext2_dir_add(&w->h, dir, name, (uint32_t)inode->ino,
	    entry_type(inode));
}

static int
remove_entry(struct work *w, struct inode *dir, const struct qstr *name)
{
	return entry_error(dir, name, ext2_dir_remove(&w->h, dir, name));
}

/* ---- Look up ---------------------------------------------------------- */

static int
dir_lookup(struct inode *dir, struct dentry *d)
{
	struct ext2_fs *fs = ext2_fs(dir);
	struct inode *inode;
	uint32_t ino;
	int err = ext2_dir_find(dir, &d->name, &ino);

	if (err != 0 || ino == 0)
		return err;
	if (ino < EXT2_OLD_FIRST_INO)
		return ext2_error(fs, "directory %lu: %s is inode %u, which "
		    "has no names", dir->ino, d->name.text, ino);
	err = ext2_iget(fs, ino, &inode);
	if (err != 0)
		return err;
	if (S_ISDIR(inode->mode) && inode->alias != NULL) {
		/* It could be below itself: no end to the tree. */
		inode_put(inode);
		return ext2_error(fs, "directory %u has a second name, %s in "
		    "directory %lu", ino, d->name.text, dir->ino);
	}
	dentry_set_inode(d, inode);
	return 0;
}

/* ---- New names -------------------------------------------------------- */

/* Give a new inode its contents and links.  text: of a symbolic link. */
static int
fill(struct work *w, const struct inode *dir, struct inode *inode,
    const char *text)
{
	int err = 0;

	inode->nlink = 1;
	if (S_ISDIR(inode->mode)) {
		inode->nlink = 2;	/* its name and its own "." */
		err = ext2_dir_make(&w->h, inode, (uint32_t)dir->ino);
	} else if (S_ISLNK(inode->mode)) {
		err = ext2_symlink_fill(&w->h, inode, text);
	}
	return err == 0 ? ext2_inode_store(&w->h, inode) : err;
}

/* Make a file of any type with the name d. */
static int
make(struct inode *dir, struct dentry *d, mode_t mode, dev_t rdev,
    const char *text)
{
	struct inode *inode;
	struct work w;
	int err = begin(&w, dir, CREDITS_CREATE);

	if (err != 0)
		return err;
	err = ext2_inode_create(&w.h, dir, mode, rdev, &inode);
	if (err != 0)
		return end(&w, err);
	err = fill(&w, dir, inode, text);
	if (err == 0)
		err = change(&w, dir, S_ISDIR(mode), TIMES_ENTRIES);
	if (err == 0)
		err = add_entry(&w, dir, &d->name, inode);
	if (err == 0) {
		dentry_set_inode(d, inode);
	} else {
		inode->nlink = 0;
		ext2_inode_abandon(&w.h, inode);
	}
	return end(&w, err);
}

static int
dir_create(struct inode *dir, struct dentry *d, mode_t mode, dev_t rdev)
{
	bool tried = false;
	int err;

	if (S_ISDIR(mode) && dir->nlink >= EXT2_LINK_MAX)
		return -EMLINK;
	do
		err = make(dir, d, mode, rdev, NULL);
	while (err == -ENOSPC && ext2_retry_space(ext2_fs(dir), &tried));
	return err;
}

static int
dir_symlink(struct inode *dir, struct dentry *d, const char *text)
{
	const mode_t mode = S_IFLNK | S_IRWXU | S_IRWXG | S_IRWXO;
	bool tried = false;
	int err;

	if (!ext2_symlink_fits(ext2_fs(dir), text))
		return -ENAMETOOLONG;
	do
		err = make(dir, d, mode, 0, text);
	while (err == -ENOSPC && ext2_retry_space(ext2_fs(dir), &tried));
	return err;
}

/* Give inode the name d. */
static int
link(struct inode *dir, struct dentry *d, struct inode *inode)
{
	struct work w;
	int err = begin(&w, dir, CREDITS_LINK);

	if (err != 0)
		return err;
	err = change(&w, inode, 1, INODE_CTIME);
	if (err == 0)
		err = change(&w, dir, 0, TIMES_ENTRIES);
	if (err == 0)
		err = add_entry(&w, dir, &d->name, inode);
	if (err == 0) {
		inode_get(inode);
		dentry_set_inode(d, inode);
	}
	return end(&w, err);
}

static int
dir_link(struct inode *dir, struct dentry *d, struct inode *inode)
{
	bool tried = false;
	int err;

	if (inode->nlink >= EXT2_LINK_MAX)
		return -EMLINK;
	if (is_fixed(inode, EXT2_FL_IMMUTABLE | EXT2_FL_APPEND))
		return -EPERM;
	do
		err = link(dir, d, inode);
	while (err == -ENOSPC && ext2_retry_space(ext2_fs(dir), &tried));
	return err;
}

/* ---- Names that go ---------------------------------------------------- */

/* May this file of dir be removed?  0, -EPERM, -ENOTEMPTY, -EIO. */
static int
check_removable(const struct inode *dir, struct inode *inode)
{
	int empty = S_ISDIR(inode->mode) ? ext2_dir_is_empty(inode) : 1;

	if (is_fixed(dir, EXT2_FL_APPEND) ||
	    is_fixed(inode, EXT2_FL_IMMUTABLE | EXT2_FL_APPEND))
		return -EPERM;
	if (empty < 0)
		return empty;
	return empty ? 0 : -ENOTEMPTY;
}

static int
dir_unlink(struct inode *dir, struct dentry *d)
{
	struct inode *inode = d->inode;
	bool is_dir = S_ISDIR(inode->mode);
	struct work w;
	int err = check_removable(dir, inode);

	if (err == 0)
		err = begin(&w, dir, CREDITS_UNLINK);
	if (err != 0)
		return err;
	err = remove_link(&w, inode);
	if (err == 0)
		err = change(&w, dir, is_dir ? one_less(dir) : 0,
		    TIMES_ENTRIES);
	if (err == 0)
		err = remove_entry(&w, dir, &d->name);
	return end(&w, err);
}

/* ---- Rename ----------------------------------------------------------- */

/* How the numbers of links of the two directories change. */
struct rename_links {
	int from;
	int to;
};

static struct rename_links
count_links(const struct rename_args *args)
{
	bool old_is_dir = S_ISDIR(args->old->inode->mode);
	bool new_is_dir = args->new != NULL && S_ISDIR(args->new->inode->mode);
	struct rename_links links = {0, 0};

	if (old_is_dir) {
		links.from--;
		links.to++;
	}
	if (new_is_dir) {
		links.to--;
		links.from += args->exchange;
	}
	return links;
}

/* Changes nothing.  Returns 0, -EPERM, -ENOTEMPTY, -EMLINK, -EIO. */
static int
rename_check(const struct rename_args *args)
{
	struct inode *from = args->old_dir->inode;
	struct inode *to = args->new_dir->inode;
	struct rename_links links = count_links(args);

	if (from != to &&
	    ((links.from > 0 && from->nlink >= EXT2_LINK_MAX) ||
	     (links.to > 0 && to->nlink >= EXT2_LINK_MAX)))
		return -EMLINK;
	if (is_fixed(from, EXT2_FL_APPEND) || is_fixed(to, EXT2_FL_IMMUTABLE) ||
	    is_fixed(args->old->inode, EXT2_FL_IMMUTABLE | EXT2_FL_APPEND))
		return -EPERM;
	if (args->new == NULL || args->exchange)
		return 0;
	return check_removable(to, args->new->inode);
}

/* Links and times of all inodes. */
static int
rename_inodes(struct work *w, const struct rename_args *args)
{
	struct inode *from = args->old_dir->inode;
	struct inode *to = args->new_dir->inode;
	struct rename_links links = count_links(args);
	int err = change(w, args->old->inode, 0, INODE_CTIME);

	if (from == to) {
		links.to += links.from;
		links.from = 0;
	}
	if (err == 0 && args->new != NULL)
		err = args->exchange
		    ? change(w, args->new->inode, 0, INODE_CTIME)
		    : remove_link(w, args->new->inode);
	if (err == 0)
		err = change(w, to, links.to < 0 ? one_less(to) : links.to,
		    TIMES_ENTRIES);
	if (err == 0 && from != to)
		err = change(w, from, links.from < 0 ? one_less(from)
		    : links.from, TIMES_ENTRIES);
	return err;
}

/* Let ".." of a directory that moves be to; other files have none. */
static int
set_dotdot(struct work *w, struct inode *inode, const struct inode *to)
{
	return S_ISDIR(inode->mode) ? set_entry(w, inode, &dotdot, to) : 0;
}

/* Put the moved files into their new entries. */
static int
rename_names(struct work *w, const struct rename_args *args)
{
	struct inode *from = args->old_dir->inode;
	struct inode *to = args->new_dir->inode;
	struct inode *new = args->new != NULL ? args->new->inode : NULL;
	struct inode *old = args->old->inode;
	int err;

	if (new != NULL)
		err = set_entry(w, to, args->new_name, old);
	else
		err = add_entry(w, to, args->new_name, old);
	if (err != 0)
		return err;
	if (args->exchange)
		err = set_entry(w, from, &args->old->name, new);
	else
		err = remove_entry(w, from, &args->old->name);
	if (err == 0)
		return 0;
	if (new != NULL)
		set_entry(w, to, args->new_name, new);
	else
		remove_entry(w, to, args->new_name);
	return err;
}

/* Change all entries, or none. */
static int
rename_entries(struct work *w, const struct rename_args *args)
{
	struct inode *from = args->old_dir->inode;
	struct inode *to = args->new_dir->inode;
	struct inode *old = args->old->inode;
	struct inode *new = args->exchange ? args->new->inode : NULL;
	int err;

	if (from == to)
		return rename_names(w, args);
	err = set_dotdot(w, old, to);
	if (err != 0)
		return err;
	if (new != NULL)
		err = set_dotdot(w, new, from);
	if (err != 0)
		goto out_old;
	err = rename_names(w, args);
	if (err == 0)
		return 0;
	if (new != NULL)
		set_dotdot(w, new, to);
out_old:
	set_dotdot(w, old, from);
	return err;
}

static int
rename(const struct rename_args *args)
{
	struct work w;
	int err = begin(&w, args->old_dir->inode, CREDITS_RENAME);

	if (err != 0)
		return err;
	err = rename_inodes(&w, args);
	if (err == 0)
		err = rename_entries(&w, args);
	return end(&w, err);
}

static int
dir_rename(const struct rename_args *args)
{
	bool tried = false;
	int err = rename_check(args);

	if (err != 0)
		return err;
	do
		err = rename(args);
	while (err == -ENOSPC &&
	    ext2_retry_space(ext2_fs(args->old->inode), &tried));
	return err;
}

const struct inode_ops ext2_dir_inode_ops = {
    .lookup = dir_lookup,
    .create = dir_create,
    .symlink = dir_symlink,
    .link = dir_link,
    .unlink = dir_unlink,
    .rename = dir_rename,
    .stat = ext2_stat,
    .update = ext2_update,
    .evict = ext2_evict,
};

const struct inode_ops ext2_special_inode_ops = {
    .stat = ext2_stat,
    .update = ext2_update,
    .evict = ext2_evict,
};
