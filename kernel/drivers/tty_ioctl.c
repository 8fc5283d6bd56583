/* tty_ioctl.c - terminals: settings, job control, and the rest of ioctl(2).
 *
 * Layer: drivers   Called by: tty.c
 * Source: [LINUX-MAN] ioctl_tty(2), [POSIX] 11.1.3 "The Controlling Terminal"
 *
 * SPDX-License-Identifier: MIT */
#include "abi/errno.h"
#include "abi/signal.h"
#include "drivers/tty.h"
#include "mm/usercopy.h"

/* ---- Settings ---- */

/* TCGETS */
static long
get_termios(struct tty *tty, void *uptr)
{
	struct abi_termios termios;
	uint64_t flags = spin_lock_irq(&tty->lock);

	termios = tty->ld.termios;
	spin_unlock_irq(&tty->lock, flags);
	return copy_to_user(uptr, &termios, sizeof(termios));
}

/* Throw input away; the device may send again. */
static void
flush_input(struct tty *tty)
{
	uint64_t flags = spin_lock_irq(&tty->lock);

	ldisc_flush(&tty->ld);
	if (tty->throttled && tty->ops->resume != NULL)
		tty->ops->resume(tty);
	tty->throttled = false;
	spin_unlock_irq(&tty->lock, flags);
}

/* drain: after the output went out; flush: input is thrown away. */
static long
set_termios(struct tty *tty, const void *uptr, bool drain, bool flush)
{
	struct abi_termios termios;
	int error = tty_check_background(tty, SIGTTOU);
	uint64_t flags;

	if (error == 0)
		error = copy_from_user(&termios, uptr, sizeof(termios));
	if (error == 0 && drain)
		error = tty_drain(tty);
	if (error != 0)
		return error;
	if (flush)
		flush_input(tty);
	flags = spin_lock_irq(&tty->lock);
	ldisc_set_termios(&tty->ld, &termios);
	tty_set_stopped(tty, tty->ld.output_stopped);
	spin_unlock_irq(&tty->lock, flags);
	waitq_wake_all(&tty->read_wq);
	waitq_wake_all(&tty->write_wq);
	return 0;
}

/* TIOCSWINSZ */
static long
set_winsize(struct tty *tty, const void *uptr)
{
	struct abi_winsize size;
	uint64_t flags;

	if (copy_from_user(&size, uptr, sizeof(size)) != 0)
		return -EFAULT;
	flags = spin_lock_irq(&tty->lock);
	tty->winsize.ws_xpixel = size.ws_xpixel;
	tty->winsize.ws_ypixel = size.ws_ypixel;
	spin_unlock_irq(&tty->lock, flags);
	tty_resize(tty, size.ws_row, size.ws_col);
	return 0;
}

/* ---- Flow ---- */

/* TCXONC: stop or continue output, ask the other side to stop or continue. */
static long
flow(struct tty *tty, unsigned long action)
{
	int error = tty_check_background(tty, SIGTTOU);
	uint8_t cc;
	uint64_t flags;

	if (error != 0)
		return error;
	if (action > TCION)
		return -EINVAL;
	flags = spin_lock_irq(&tty->lock);
	cc = tty->ld.termios.c_cc[action == TCIOFF ? VSTOP : VSTART];
	if (action == TCOOFF || action == TCOON)
		tty_set_stopped(tty, action == TCOOFF);
	else if (cc != 0)
		tty->ops->write(tty, &cc, 1);
	spin_unlock_irq(&tty->lock, flags);
	tty_output_ready(tty);
	return 0;
}

/* TCFLSH */
static long
flush(struct tty *tty, unsigned long queue)
{
	int error = tty_check_background(tty, SIGTTOU);
	uint64_t flags;

	if (error != 0)
		return error;
	if (queue > TCIOFLUSH)
		return -EINVAL;
	if (queue != TCOFLUSH)
		flush_input(tty);
	if (queue == TCIFLUSH || tty->ops->flush == NULL)
		return 0;
	flags = spin_lock_irq(&tty->lock);
	tty->ops->flush(tty);
	spin_unlock_irq(&tty->lock, flags);
	tty_output_ready(tty);
	return 0;
}

static long
drain(struct tty *tty)
{
	int error = tty_check_background(tty, SIGTTOU);

	return error != 0 ? error : tty_drain(tty);
}

static long
put_count(void *uptr, size_t count)
{
	int n = count;

	return copy_to_user(uptr, &n, sizeof(n));
}

/* FIONREAD */
static long
input_count(struct tty *tty, void *uptr)
{
	uint64_t flags = spin_lock_irq(&tty->lock);
	size_t n = ldisc_available(&tty->ld);

	spin_unlock_irq(&tty->lock, flags);
	return put_count(uptr, n);
}

/* TIOCSTI */
static long
simulate_input(struct tty *tty, const void *uptr)
{
	uint8_t byte;

	if (copy_from_user(&byte, uptr, sizeof(byte)) != 0)
		return -EFAULT;
	tty_input(tty, &byte, 1);
	return 0;
}

/* ---- Job control ---- */

static long
put_pid(void *uptr, pid_t pid)
{
	return copy_to_user(uptr, &pid, sizeof(pid));
}

/* TIOCSPGRP: only for a terminal of one's own, and a group of one's session. */
static long
set_pgrp(struct tty *tty, const void *uptr)
{
	pid_t pgrp;
	pid_t session;
	int error;
	uint64_t flags;

	if (!tty_is_mine(tty))
		return -ENOTTY;
	error = tty_check_background(tty, SIGTTOU);
	if (error != 0)
		return error == -EIO ? -ENOTTY : error;
	if (copy_from_user(&pgrp, uptr, sizeof(pgrp)) != 0)
		return -EFAULT;
	if (pgrp < 0)
		return -EINVAL;
	session = tty_hooks.pgrp_session(pgrp);
	if (session == 0)
		return -ESRCH;
	if (session != tty_hooks.current_session())
		return -EPERM;
	flags = spin_lock_irq(&tty->lock);
	tty->pgrp = pgrp;
	spin_unlock_irq(&tty->lock, flags);
	return 0;
}

/* force: take the terminal from the session that has it. */
static long
set_controlling(struct tty *tty, bool force)
{
	if (tty_is_mine(tty))
		return 0;
	if (tty_hooks.current_tty == NULL || !tty_hooks.current_is_leader() ||
	    tty_hooks.current_tty() != NULL || (tty->session != 0 && !force))
		return -EPERM;
	tty_acquire(tty);
	return 0;
}

/* The leader gives the terminal up for the whole session.  A terminal belongs
 * to a session here, so the other processes cannot give it up alone. */
static long
give_up(struct tty *tty)
{
	pid_t pgrp;
	uint64_t flags;

	if (!tty_is_mine(tty))
		return -ENOTTY;
	if (!tty_hooks.current_is_leader())
		return 0;
	tty_hooks.set_current_tty(NULL);
	flags = spin_lock_irq(&tty->lock);
	pgrp = tty->pgrp;
	tty->session = 0;
	tty->pgrp = 0;
	spin_unlock_irq(&tty->lock, flags);
	if (pgrp != 0) {
		tty_hooks.signal_pgrp(pgrp, SIGHUP);
		tty_hooks.signal_pgrp(pgrp, SIGCONT);
	}
	return 0;
}

/* ---- The table ---- */

/* Those that anybody may call who has the terminal open. */
static long
settings_ioctl(struct tty *tty, unsigned cmd, unsigned long arg)
{
	void *uptr = (void *)arg;

	switch (cmd) {
	case TCGETS:
		return get_termios(tty, uptr);
	case TCSETS:
		return set_termios(tty, uptr, false, false);
	case TCSETSW:
		return set_termios(tty, uptr, true, false);
	case TCSETSF:
		return set_termios(tty, uptr, true, true);
	case TCSBRK:
	case TCSBRKP:
		return drain(tty);
	case TCXONC:
		return flow(tty, arg);
	case TCFLSH:
		return flush(tty, arg);
	case TIOCOUTQ:
		return put_count(uptr, tty->ops->pending != NULL
			? tty->ops->pending(tty)
			: 0);
	case TIOCSTI:
		return simulate_input(tty, uptr);
	case FIONREAD:
		return input_count(tty, uptr);
	case TIOCGWINSZ:
		return copy_to_user(uptr, &tty->winsize, sizeof(tty->winsize));
	case TIOCSWINSZ:
		return set_winsize(tty, uptr);
	case TIOCEXCL:
	case TIOCNXCL:
		return 0; /* exclusive use does not bind root, who we all are */
	default:
		return -ENOTTY;
	}
}

/* chardev_ops.ioctl: first what concerns sessions and groups. */
long
tty_ioctl(struct chardev_file *f, unsigned cmd, unsigned long arg)
{
	struct tty *tty = f->dev->priv;

	switch (cmd) {
	case TIOCSCTTY:
		return set_controlling(tty, arg == 1);
	case TIOCNOTTY:
		return give_up(tty);
	case TIOCGPGRP:
		return tty_is_mine(tty) ? put_pid((void *)arg, tty->pgrp)
					: -ENOTTY;
	case TIOCSPGRP:
		return set_pgrp(tty, (const void *)arg);
	case TIOCGSID:
		return tty_is_mine(tty) ? put_pid((void *)arg, tty->session)
					: -ENOTTY;
	default:
		return settings_ioctl(tty, cmd, arg);
	}
}
