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

/* The four ids of one kind. */
struct ids {
	uint32_t real, effective, saved, fs;
};

static struct ids
uids(void)
{
	const struct creds *c = &proc_current()->creds;

	return (struct ids){c->uid, c->euid, c->suid, c->fsuid};
}

static struct ids
gids(void)
{
	const struct creds *c = &proc_current()->creds;

	return (struct ids){c->gid, c->egid, c->sgid, c->fsgid};
}

/* Take ids as the process's user ids; files are accessed by the effective one. */
static long
uids_set(struct ids ids)
{
	struct creds *c = &proc_current()->creds;

	c->uid = ids.real;
	c->euid = ids.effective;
	c->suid = ids.saved;
	c->fsuid = ids.effective;
	return 0;
}

/* The same for group ids. */
static long
gids_set(struct ids ids)
{
	struct creds *c = &proc_current()->creds;

	c->gid = ids.real;
	c->egid = ids.effective;
	c->sgid = ids.saved;
	c->fsgid = ids.effective;
	return 0;
}

static bool
privileged(void)
{
	return proc_current()->creds.euid == 0;
}

/* May an unprivileged process take id?  If it has it already. */
static bool
owned(const struct ids *ids, uint32_t id)
{
	return id == UNCHANGED || id == ids->real || id == ids->effective ||
	    id == ids->saved;
}

/* setuid(), setgid() */
static int
set_one(struct ids *ids, uint32_t id)
{
	if (id == UNCHANGED)
		return -EINVAL;
	if (privileged())
		*ids = (struct ids){id, id, id, id};
	else if (id == ids->real || id == ids->saved)
		ids->effective = id;
	else
		return -EPERM;
	return 0;
}

/* setreuid(), setregid() */
static int
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
	return 0;
}

/* setresuid(), setresgid() */
static int
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
	return 0;
}

long
sys_getuid(void)
{
	return proc_current()->creds.uid;
}

long
sys_geteuid(void)
{
	return proc_current()->creds.euid;
}

long
sys_getgid(void)
{
	return proc_current()->creds.gid;
}

long
sys_getegid(void)
{
	return proc_current()->creds.egid;
}

long
sys_setuid(uid_t uid)
{
	struct ids ids = uids();
	int error = set_one(&ids, uid);

	return error != 0 ? error : uids_set(ids);
}

long
sys_setgid(gid_t gid)
{
	struct ids ids = gids();
	int error = set_one(&ids, gid);

	return error != 0 ? error : gids_set(ids);
}

long
sys_setreuid(uid_t ruid, uid_t euid)
{
	struct ids ids = uids();
	int error = set_two(&ids, ruid, euid);

	return error != 0 ? error : uids_set(ids);
}

long
sys_setregid(gid_t rgid, gid_t egid)
{
	struct ids ids = gids();
	int error = set_two(&ids, rgid, egid);

	return error != 0 ? error : gids_set(ids);
}

long
sys_setresuid(uid_t ruid, uid_t euid, uid_t suid)
{
	struct ids ids = uids();
	int error = set_three(&ids, ruid, euid, suid);

	return error != 0 ? error : uids_set(ids);
}

long
sys_setresgid(gid_t rgid, gid_t egid, gid_t sgid)
{
	struct ids ids = gids();
	int error = set_three(&ids, rgid, egid, sgid);

	return error != 0 ? error : gids_set(ids);
}

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

long
sys_getresuid(uid_t *ruid, uid_t *euid, uid_t *suid)
{
	struct ids ids = uids();

	return put_three(&ids, ruid, euid, suid);
}

long
sys_getresgid(gid_t *rgid, gid_t *egid, gid_t *sgid)
{
	struct ids ids = gids();

	return put_three(&ids, rgid, egid, sgid);
}

/* These two return the old id, changed or not. */
long
sys_setfsuid(uid_t uid)
{
	struct ids ids = uids();

	if (uid != UNCHANGED &&
	    (privileged() || owned(&ids, uid) || uid == ids.fs))
		proc_current()->creds.fsuid = uid;
	return ids.fs;
}

long
sys_setfsgid(gid_t gid)
{
	struct ids ids = gids();

	if (gid != UNCHANGED &&
	    (privileged() || owned(&ids, gid) || gid == ids.fs))
		proc_current()->creds.fsgid = gid;
	return ids.fs;
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
