/* ids.c - user and group ids: kept, returned and changed by Linux's rules.
 *
 * Layer: syscall   Called by: table.c
 * Source: setuid(2), setreuid(2), setresuid(2), setfsuid(2)
 *
 * Access to files does not depend on them: everyone is root here.  Sending
 * signals and raising limits does, for a process that gave uid 0 up.
 * SPDX-License-Identifier: MIT */
#include "abi/errno.h"
#include "mm/usercopy.h"
#include "proc/proc.h"
#include "syscall/syscalls.h"

#define UNCHANGED UINT32_MAX /* -1: leave this one as it is */

static bool
privileged(void)
{
	return proc_current()->creds.user.effective == 0;
}

/* May an unprivileged process take id?  If it has it already. */
static bool
owned(const struct ids *ids, uint32_t id)
{
	return id == UNCHANGED || id == ids->real || id == ids->effective ||
	    id == ids->saved;
}

/* setuid(), setgid().  Files are accessed by the effective id: so everywhere. */
static long
set_one(struct ids *ids, uint32_t id)
{
	if (id == UNCHANGED)
		return -EINVAL;
	if (privileged())
		ids->real = ids->saved = id;
	else if (id != ids->real && id != ids->saved)
		return -EPERM;
	ids->effective = ids->fs = id;
	return 0;
}

/* setreuid(), setregid() */
static long
set_two(struct ids *ids, uint32_t real, uint32_t effective)
{
	uint32_t old_real = ids->real;

	if (!privileged()) {
		if (real != UNCHANGED && real != ids->real &&
		    real != ids->effective)
			return -EPERM;
		if (!owned(ids, effective))
			return -EPERM;
	}
	if (real != UNCHANGED)
		ids->real = real;
	if (effective != UNCHANGED)
		ids->effective = effective;
	if (real != UNCHANGED ||
	    (effective != UNCHANGED && effective != old_real))
		ids->saved = ids->effective;
	ids->fs = ids->effective;
	return 0;
}

/* setresuid(), setresgid() */
static long
set_three(struct ids *ids, uint32_t real, uint32_t effective, uint32_t saved)
{
	if (!privileged() && (!owned(ids, real) || !owned(ids, effective) ||
	    !owned(ids, saved)))
		return -EPERM;
	if (real != UNCHANGED)
		ids->real = real;
	if (effective != UNCHANGED)
		ids->effective = effective;
	if (saved != UNCHANGED)
		ids->saved = saved;
	ids->fs = ids->effective;
	return 0;
}

/* setfsuid(), setfsgid(): return the old id, changed or not. */
static long
set_fs(struct ids *ids, uint32_t id)
{
	uint32_t old = ids->fs;

	if (id != UNCHANGED &&
	    (privileged() || owned(ids, id) || id == ids->fs))
		ids->fs = id;
	return old;
}

/* getresuid(), getresgid() */
static long
put_three(const struct ids *ids, uint32_t *real, uint32_t *effective,
    uint32_t *saved)
{
	if (put_user(real, ids->real) != 0 ||
	    put_user(effective, ids->effective) != 0 ||
	    put_user(saved, ids->saved) != 0)
		return -EFAULT;
	return 0;
}

/* The calls, for users and for groups: the ids of the running process, and
 * what is done with them. */
#define USER  (&proc_current()->creds.user)
#define GROUP (&proc_current()->creds.group)

long sys_getuid(void) { return USER->real; }
long sys_getgid(void) { return GROUP->real; }
long sys_geteuid(void) { return USER->effective; }
long sys_getegid(void) { return GROUP->effective; }
long sys_setuid(uid_t id) { return set_one(USER, id); }
long sys_setgid(gid_t id) { return set_one(GROUP, id); }
long sys_setreuid(uid_t r, uid_t e) { return set_two(USER, r, e); }
long sys_setregid(gid_t r, gid_t e) { return set_two(GROUP, r, e); }
long sys_setfsuid(uid_t id) { return set_fs(USER, id); }
long sys_setfsgid(gid_t id) { return set_fs(GROUP, id); }

long
sys_setresuid(uid_t real, uid_t effective, uid_t saved)
{
	return set_three(USER, real, effective, saved);
}

long
sys_setresgid(gid_t real, gid_t effective, gid_t saved)
{
	return set_three(GROUP, real, effective, saved);
}

long
sys_getresuid(uid_t *real, uid_t *effective, uid_t *saved)
{
	return put_three(USER, real, effective, saved);
}

long
sys_getresgid(gid_t *real, gid_t *effective, gid_t *saved)
{
	return put_three(GROUP, real, effective, saved);
}

/* ---- Supplementary groups ---- */

long
sys_getgroups(int size, gid_t *list)
{
	const struct creds *c = &proc_current()->creds;

	if (size < 0 || (size != 0 && size < (int)c->group_count))
		return -EINVAL;
	if (size != 0 && copy_to_user(list, c->groups,
	    c->group_count * sizeof(gid_t)) != 0)
		return -EFAULT;
	return c->group_count;
}

long
sys_setgroups(int size, const gid_t *list)
{
	struct creds *c = &proc_current()->creds;
	gid_t groups[GROUPS_MAX];

	if (!privileged())
		return -EPERM;
	if (size < 0 || size > GROUPS_MAX)
		return -EINVAL;
	if (copy_from_user(groups, list, (size_t)size * sizeof(gid_t)) != 0)
		return -EFAULT;
	for (int i = 0; i < size; i++)
		c->groups[i] = groups[i];
	c->group_count = (unsigned)size;
	return 0;
}
