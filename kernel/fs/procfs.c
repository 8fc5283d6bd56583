/* procfs.c - the tree of /proc.
 *
 * Layer: fs   Called by: the table of names, through inode_ops
 *
 * Nothing is stored: each name is looked up anew when it is not in use, and
 * each file writes its text when it is read from the start.
 *
 *	/proc/NAME, /proc/sys/kernel/NAME	procfs_register()
 *	/proc/self, /proc/thread-self		links, by struct procfs_tasks
 *	/proc/PID/stat ...			files, by struct procfs_tasks
 *	/proc/PID/exe, cwd, root, fd/N		links that lead to a dentry
 *	/proc/PID/task/TID/stat ...		as /proc/PID
 *
 * SPDX-License-Identifier: MIT */
#include "fs/procfs.h"

#include "abi/errno.h"
#include "abi/stat.h"
#include "abi/statfs.h"
#include "fs/dentry.h"
#include "fs/fdtable.h"
#include "fs/file.h"
#include "fs/inode.h"
#include "fs/internal.h"
#include "fs/mount.h"
#include "lib/format.h"
#include "lib/string.h"
#include "mm/slab.h"

#define MODE_DIR  (S_IFDIR | S_IRUSR | S_IXUSR | S_IRGRP | S_IXGRP | \
    S_IROTH | S_IXOTH)
#define MODE_FILE (S_IFREG | S_IRUSR | S_IRGRP | S_IROTH)
#define MODE_LINK (S_IFLNK | S_IRWXU | S_IRWXG | S_IRWXO)

/* Positions in a directory: ".", "..", the fixed names, then the numbers. */
#define POS_FIXED   2
#define POS_NUMBERS 65536

#define NUMBER_TEXT 12 /* bytes that a decimal int needs, with the 0 */

enum node_kind {
	NODE_STATIC_DIR,  /* the root too */
	NODE_STATIC_FILE,
	NODE_SELF,	  /* a link to PID */
	NODE_THREAD_SELF, /* a link to PID/task/TID */
	NODE_TASK,	  /* PID, and PID/task/TID */
	NODE_TASK_FILE,
	NODE_TASK_PLACE,
	NODE_TASK_LIST,	  /* PID/task */
	NODE_FD_LIST,	  /* PID/fd */
	NODE_FD,
};

/* What an inode here stands for. */
struct node {
	enum node_kind kind;
	int pid;
	int tid;
	int number;			/* NODE_FD: the descriptor; else what */
	const struct static_file *file; /* NODE_STATIC_FILE */
	const char *prefix;		/* NODE_STATIC_DIR: "" or "sys/kernel/" */
	size_t prefix_len;
};

struct static_file {
	struct list link;
	const char *name;
	void (*show)(struct text *t);
	int (*store)(const char *text); /* NULL: it cannot be written */
};

/* The names in /proc/PID.  number: enum procfs_file or procfs_place. */
static const struct task_entry {
	const char *name;
	enum node_kind kind;
	int number;
} task_entries[] = {
    {"task", NODE_TASK_LIST, 0},
    {"fd", NODE_FD_LIST, 0},
    {"exe", NODE_TASK_PLACE, PROCFS_EXE},
    {"cwd", NODE_TASK_PLACE, PROCFS_CWD},
    {"root", NODE_TASK_PLACE, PROCFS_ROOT},
    {"stat", NODE_TASK_FILE, PROCFS_STAT},
    {"statm", NODE_TASK_FILE, PROCFS_STATM},
    {"status", NODE_TASK_FILE, PROCFS_STATUS},
    {"cmdline", NODE_TASK_FILE, PROCFS_CMDLINE},
    {"comm", NODE_TASK_FILE, PROCFS_COMM},
    {"environ", NODE_TASK_FILE, PROCFS_ENVIRON},
    {"maps", NODE_TASK_FILE, PROCFS_MAPS},
    {"limits", NODE_TASK_FILE, PROCFS_LIMITS},
    {"mounts", NODE_STATIC_FILE, 0},
};

static struct list files = LIST_INIT(files);	/* [I] after boot */
static const struct procfs_tasks *tasks;	/* [I] after boot */

static const struct inode_ops dir_ops;
static const struct inode_ops link_ops;
static const struct inode_ops file_inode_ops;
static const struct file_ops dir_file_ops;

/* ---- Inodes ---------------------------------------------------------- */

static struct node *
node_of(const struct inode *inode)
{
	return inode->priv;
}

static void
node_evict(struct inode *inode)
{
	kfree(inode->priv);
}

/* An inode for node, which is copied.  NULL: no memory. */
static struct inode *
node_inode(struct mount *m, const struct node *node)
{
	static const mode_t mode_of_kind[] = {
	    [NODE_STATIC_DIR] = MODE_DIR,
	    [NODE_STATIC_FILE] = MODE_FILE,
	    [NODE_SELF] = MODE_LINK,
	    [NODE_THREAD_SELF] = MODE_LINK,
	    [NODE_TASK] = MODE_DIR,
	    [NODE_TASK_FILE] = MODE_FILE,
	    [NODE_TASK_PLACE] = MODE_LINK,
	    [NODE_TASK_LIST] = MODE_DIR,
	    [NODE_FD_LIST] = MODE_DIR,
	    [NODE_FD] = MODE_LINK,
	};
	struct node *copy = kmalloc(sizeof(*copy));
	struct inode *inode;

	if (copy == NULL)
		return NULL;
	*copy = *node;
	inode = inode_alloc(m, mount_new_ino(m), mode_of_kind[node->kind],
	    NULL);
	if (inode == NULL) {
		kfree(copy);
		return NULL;
	}
	inode->priv = copy;
	if (S_ISDIR(inode->mode)) {
		inode->nlink = 2;
		inode->ops = &dir_ops;
		inode->file_ops = &dir_file_ops;
	} else if (S_ISLNK(inode->mode)) {
		inode->ops = &link_ops;
		inode->file_ops = NULL;
	} else {
		inode->ops = &file_inode_ops;
		inode->file_ops = &procfs_text_ops;
		if (node->kind == NODE_STATIC_FILE && node->file->store != NULL)
			inode->mode |= S_IWUSR;
	}
	return inode;
}

/* ---- Names ----------------------------------------------------------- */

static bool
name_is(const struct qstr *name, const char *text, size_t len)
{
	return name->len == len && memcmp(name->text, text, len) == 0;
}

/* The number that name is in decimal, or -1. */
static int
name_number(const struct qstr *name)
{
	int number = 0;

	if (name->len == 0 || name->len > NUMBER_TEXT - 3 ||
	    (name->text[0] == '0' && name->len > 1))
		return -1;
	for (uint32_t i = 0; i < name->len; i++) {
		char c = name->text[i];

		if (c < '0' || c > '9')
			return -1;
		number = number * 10 + (c - '0');
	}
	return number;
}

/* The part of a registered file's name that is an entry of the directory with
 * this prefix.  Returns its length, 0 if it is not in there.  *rest: behind the
 * prefix. */
static size_t
entry_name(const struct static_file *file, const struct node *dir,
    const char **rest)
{
	const char *slash;

	if (strncmp(file->name, dir->prefix, dir->prefix_len) != 0)
		return 0;
	*rest = file->name + dir->prefix_len;
	slash = strchr(*rest, '/');
	return slash != NULL ? (size_t)(slash - *rest) : strlen(*rest);
}

static bool
find_static(const struct node *dir, const struct qstr *name, struct node *out)
{
	list_for_each(file, &files, struct static_file, link) {
		const char *rest;
		size_t len = entry_name(file, dir, &rest);

		if (len == 0 || !name_is(name, rest, len))
			continue;
		if (rest[len] == '/') {
			out->kind = NODE_STATIC_DIR;
			out->prefix = file->name;
			out->prefix_len = (size_t)(rest - file->name) + len + 1;
		} else {
			out->kind = NODE_STATIC_FILE;
			out->file = file;
		}
		return true;
	}
	return false;
}

static bool
is_root(const struct node *dir)
{
	return dir->kind == NODE_STATIC_DIR && dir->prefix_len == 0;
}

/* What is in the root besides the registered files. */
static bool
find_in_root(const struct qstr *name, struct node *out)
{
	if (tasks == NULL)
		return false;
	if (name_is(name, "self", strlen("self")))
		out->kind = NODE_SELF;
	else if (name_is(name, "thread-self", strlen("thread-self")))
		out->kind = NODE_THREAD_SELF;
	else {
		out->kind = NODE_TASK;
		out->pid = out->tid = name_number(name);
		return out->pid > 0 && tasks->exists(out->pid, out->tid);
	}
	return true;
}

static const struct static_file *
static_by_name(const char *name)
{
	list_for_each(file, &files, struct static_file, link) {
		if (strcmp(file->name, name) == 0)
			return file;
	}
	return NULL;
}

static bool
find_in_task(const struct qstr *name, struct node *out)
{
	for (size_t i = 0; i < ARRAY_SIZE(task_entries); i++) {
		const struct task_entry *e = &task_entries[i];

		if (!name_is(name, e->name, strlen(e->name)))
			continue;
		out->kind = e->kind;
		out->number = e->number;
		if (e->kind == NODE_STATIC_FILE)
			out->file = static_by_name(e->name);
		return true;
	}
	return false;
}

static bool
fd_is_open(int pid, int fd)
{
	struct fdtable *t = tasks->files(pid);
	bool open;

	if (t == NULL)
		return false;
	open = fdtable_next(t, fd) == fd;
	fdtable_put(t);
	return open;
}

/* Find name in dir.  *out begins as a copy of dir. */
static bool
find(const struct node *dir, const struct qstr *name, struct node *out)
{
	*out = *dir;
	switch (dir->kind) {
	case NODE_STATIC_DIR:
		return find_static(dir, name, out) ||
		    (is_root(dir) && find_in_root(name, out));
	case NODE_TASK:
		return find_in_task(name, out);
	case NODE_TASK_LIST:
		out->kind = NODE_TASK;
		out->tid = name_number(name);
		return out->tid > 0 && tasks->exists(dir->pid, out->tid);
	case NODE_FD_LIST:
		out->kind = NODE_FD;
		out->number = name_number(name);
		return out->number >= 0 && fd_is_open(dir->pid, out->number);
	default:
		return false;
	}
}

static int
dir_lookup(struct inode *dir, struct dentry *d)
{
	struct inode *inode;
	struct node node;

	if (!find(node_of(dir), &d->name, &node))
		return 0;
	inode = node_inode(dir->mount, &node);
	if (inode == NULL)
		return -ENOMEM;
	dentry_set_inode(d, inode);
	return 0;
}

static const struct inode_ops dir_ops = {
    .lookup = dir_lookup,
    .evict = node_evict,
};

/* A name in use is good while its task lives.  Negative ones never are. */
static bool
procfs_valid(struct dentry *d)
{
	const struct node *node;

	if (d->inode == NULL)
		return false;
	node = node_of(d->inode);
	switch (node->kind) {
	case NODE_STATIC_DIR:
	case NODE_STATIC_FILE:
	case NODE_SELF:
	case NODE_THREAD_SELF:
		return true;
	case NODE_FD:
		return false;
	default:
		return tasks->exists(node->pid, node->tid);
	}
}

/* ---- Directories ----------------------------------------------------- */

/* The name of fixed entry i of dir.  Returns its length; 0: there is none. */
static size_t
fixed_entry(const struct node *dir, size_t i, const char **name, mode_t *mode)
{
	size_t len = 0;

	*mode = MODE_FILE;
	if (dir->kind == NODE_TASK && i < ARRAY_SIZE(task_entries)) {
		enum node_kind kind = task_entries[i].kind;

		*name = task_entries[i].name;
		if (kind == NODE_TASK_PLACE)
			*mode = MODE_LINK;
		else if (kind == NODE_TASK_LIST || kind == NODE_FD_LIST)
			*mode = MODE_DIR;
		return strlen(*name);
	}
	if (dir->kind != NODE_STATIC_DIR)
		return 0;
	list_for_each(file, &files, struct static_file, link) {
		len = entry_name(file, dir, name);
		if (i-- == 0) {
			if (len > 0 && (*name)[len] == '/')
				*mode = MODE_DIR;
			return len;
		}
	}
	*name = i == 0 ? "self" : "thread-self";
	*mode = MODE_LINK;
	return is_root(dir) && tasks != NULL && i < 2 ? strlen(*name) : 0;
}

static size_t
fixed_count(void)
{
	size_t count = ARRAY_SIZE(task_entries);
	size_t registered = 2;

	list_for_each(file, &files, struct static_file, link)
		registered++;
	return MAX(count, registered);
}

/* Is entry i the first one of its name?  Directories come once for each of
 * their files. */
static bool
is_first(const struct node *dir, size_t i, const char *name, size_t len)
{
	for (size_t k = 0; k < i; k++) {
		const char *other;
		mode_t mode;
		size_t other_len = fixed_entry(dir, k, &other, &mode);

		if (other_len == len && memcmp(other, name, len) == 0)
			return false;
	}
	return true;
}

/* The next number >= from that is a name in dir, or -1. */
static int
next_number(const struct node *dir, int from)
{
	struct fdtable *t;
	int next = 0;

	if (is_root(dir) && tasks != NULL)
		next = tasks->next_pid(from - 1);
	else if (dir->kind == NODE_TASK_LIST)
		next = tasks->next_tid(dir->pid, from - 1);
	if (dir->kind != NODE_FD_LIST)
		return next > 0 ? next : -1;

	t = tasks->files(dir->pid);
	if (t == NULL)
		return -1;
	next = fdtable_next(t, from);
	fdtable_put(t);
	return next;
}

/* Emit one entry and move on.  The inode number is not known before lookup;
 * the position serves. */
static bool
emit(struct file *f, struct dir_sink *sink, const char *name, size_t len,
    mode_t mode, off_t next)
{
	if (!sink->emit(sink, name, len, (ino_t)next, mode, next))
		return false;
	f->pos = next;
	return true;
}

static int
dir_readdir(struct file *f, struct dir_sink *sink)
{
	const struct node *dir = node_of(f->inode);
	size_t fixed = fixed_count();
	mode_t number_mode = dir->kind == NODE_FD_LIST ? MODE_LINK : MODE_DIR;
	char text[NUMBER_TEXT];
	int number;

	if (f->pos == 0 && !emit(f, sink, ".", 1, MODE_DIR, 1))
		return 0;
	if (f->pos == 1 && !emit(f, sink, "..", 2, MODE_DIR, POS_FIXED))
		return 0;
	while ((size_t)f->pos - POS_FIXED < fixed) {
		size_t i = (size_t)f->pos - POS_FIXED;
		const char *name;
		mode_t mode;
		size_t len = fixed_entry(dir, i, &name, &mode);

		if (len == 0 || !is_first(dir, i, name, len))
			f->pos++;
		else if (!emit(f, sink, name, len, mode, f->pos + 1))
			return 0;
	}
	f->pos = MAX(f->pos, POS_NUMBERS);
	for (;;) {
		number = next_number(dir, (int)(f->pos - POS_NUMBERS));
		if (number < 0)
			return 0;
		snprintf(text, sizeof(text), "%d", number);
		if (!emit(f, sink, text, strlen(text), number_mode,
		    POS_NUMBERS + (off_t)number + 1))
			return 0;
	}
}

static off_t
dir_seek(struct file *f, off_t offset, int whence)
{
	off_t pos = file_seek_plain(f, offset, whence);

	return pos > INT32_MAX ? -EINVAL : pos;
}

static const struct file_ops dir_file_ops = {
    .readdir = dir_readdir,
    .seek = dir_seek,
};

/* ---- Links ----------------------------------------------------------- */

/* "PID" or "PID/task/TID" of whoever asks. */
static int
self_link(bool thread, struct link_target *out)
{
	const size_t size = 2 * NUMBER_TEXT + sizeof("/task/");
	int pid;
	int tid;

	tasks->current(&pid, &tid);
	out->to_free = kmalloc(size);
	if (out->to_free == NULL)
		return -ENOMEM;
	if (thread)
		snprintf(out->to_free, size, "%d/task/%d", pid, tid);
	else
		snprintf(out->to_free, size, "%d", pid);
	out->text = out->to_free;
	return 0;
}

static int
fd_link(const struct node *node, struct link_target *out)
{
	struct fdtable *t = tasks->files(node->pid);
	struct file *f;

	if (t == NULL)
		return -ENOENT;
	f = fdtable_file(t, node->number);
	fdtable_put(t);
	if (f == NULL)
		return -ENOENT;
	out->jump = f->dentry;
	dentry_get(out->jump);
	file_put(f);
	return 0;
}

static int
link_get(struct inode *inode, struct link_target *out)
{
	const struct node *node = node_of(inode);

	switch (node->kind) {
	case NODE_SELF:
	case NODE_THREAD_SELF:
		return self_link(node->kind == NODE_THREAD_SELF, out);
	case NODE_FD:
		return fd_link(node, out);
	default:
		out->jump = tasks->place(node->pid, node->number);
		return out->jump != NULL ? 0 : -ENOENT;
	}
}

static const struct inode_ops link_ops = {
    .get_link = link_get,
    .evict = node_evict,
};

/* ---- Files ----------------------------------------------------------- */

int
procfs_show(struct inode *inode, struct text *t)
{
	const struct node *node = node_of(inode);

	if (node->kind != NODE_STATIC_FILE)
		return tasks->show(node->pid, node->tid, node->number, t);
	node->file->show(t);
	return 0;
}

int
procfs_store(struct inode *inode, const char *text)
{
	const struct node *node = node_of(inode);

	if (node->kind != NODE_STATIC_FILE || node->file->store == NULL)
		return -EINVAL;
	return node->file->store(text);
}

static const struct inode_ops file_inode_ops = {
    .evict = node_evict,
};

/* ---- The file system ------------------------------------------------- */

static int
procfs_statfs(struct mount *m, struct abi_statfs *st)
{
	(void)m;
	st->f_type = PROC_SUPER_MAGIC;
	return 0;
}

static const struct mount_ops procfs_mount_ops = {
    .statfs = procfs_statfs,
    .valid = procfs_valid,
};

static int
procfs_mount(struct mount *m, const char *source, const char *data)
{
	const struct node root = {.kind = NODE_STATIC_DIR, .prefix = ""};
	struct qstr name = {"/", 1, 0};
	struct inode *inode;

	(void)source;
	(void)data;
	m->flags |= MOUNT_NO_CACHE;
	m->ops = &procfs_mount_ops;
	inode = node_inode(m, &root);
	if (inode == NULL)
		return -ENOMEM;
	m->root = dentry_alloc(m, NULL, &name);
	if (m->root == NULL) {
		inode_put(inode);
		return -ENOMEM;
	}
	dentry_set_inode(m->root, inode);
	return 0;
}

void
procfs_register_writable(const char *name, void (*show_file)(struct text *),
    int (*store)(const char *text))
{
	struct static_file *file = kmalloc(sizeof(*file));

	if (file == NULL)
		panic("no memory for /proc/%s", name);
	*file = (struct static_file){.name = name, .show = show_file,
	    .store = store};
	list_add_tail(&files, &file->link);
}

void
procfs_register(const char *name, void (*show_file)(struct text *))
{
	procfs_register_writable(name, show_file, NULL);
}

void
procfs_count_tasks(unsigned *threads, int *last_pid)
{
	int pid = 0;
	int tid;

	*threads = 0;
	*last_pid = 0;
	while (tasks != NULL && (pid = tasks->next_pid(pid)) > 0) {
		*last_pid = pid;
		for (tid = 0; (tid = tasks->next_tid(pid, tid)) > 0;)
			(*threads)++;
	}
}

void
procfs_set_tasks(const struct procfs_tasks *table)
{
	tasks = table;
}

static struct fs_type procfs_type = {
    .name = "proc",
    .single = true,
    .mount = procfs_mount,
};

void
procfs_init(void)
{
	fs_type_register(&procfs_type);
	procfs_system_init();
}
