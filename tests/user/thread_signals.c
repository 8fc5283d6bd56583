/* thread_signals.c - signals to a thread, to the process, and masks by
 * thread.
 *
 * Layer: tests/user   Source: pthread_kill(3), pthread_sigmask(3), signal(7)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"
#include <pthread.h>
#include <semaphore.h>

static volatile pid_t handled_by;
static volatile sig_atomic_t count;
static volatile pid_t thread_id;
static volatile bool leave;
static sem_t ready;

static void
on_signal(int number)
{
	(void)number;
	handled_by = (pid_t)syscall(SYS_gettid);
	count++;
}

static void *
spin_open(void *argument)
{
	thread_id = (pid_t)syscall(SYS_gettid);
	sem_post(&ready);
	while (!leave)
		sched_yield();
	return argument;
}

static void
wait_for(int target)
{
	while (count < target)
		sched_yield();
}

static void
to_one_thread(void)
{
	pthread_t thread;

	leave = false;
	pthread_create(&thread, NULL, spin_open, NULL);
	sem_wait(&ready);
	ERROR(pthread_kill(thread, SIGUSR1));
	wait_for(1);
	HOLDS(handled_by == thread_id);
	ERROR(pthread_kill(pthread_self(), SIGUSR1));
	wait_for(2);
	HOLDS(handled_by == getpid());
	CALL(syscall(SYS_tgkill, getpid(), thread_id, SIGUSR1));
	wait_for(3);
	HOLDS(handled_by == thread_id);
	ERROR(pthread_kill(thread, 0));
	ERROR(pthread_kill(thread, 99));
	leave = true;
	pthread_join(thread, NULL);
}

/* A signal to the process goes to a thread that does not block it. */
static void
to_the_process(void)
{
	pthread_t thread;
	sigset_t set;

	count = 0;
	leave = false;
	pthread_create(&thread, NULL, spin_open, NULL);
	sem_wait(&ready);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	ERROR(pthread_sigmask(SIG_BLOCK, &set, NULL));
	CALL(kill(getpid(), SIGUSR1));
	wait_for(1);
	HOLDS(handled_by == thread_id);
	leave = true;
	pthread_join(thread, NULL);
	CALL(kill(getpid(), SIGUSR1));
	VALUE(count);
	ERROR(pthread_sigmask(SIG_UNBLOCK, &set, NULL));
	VALUE(count);
	HOLDS(handled_by == getpid());
}

static void *
show_mask(void *argument)
{
	sigset_t set;

	pthread_sigmask(SIG_SETMASK, NULL, &set);
	VALUE(sigismember(&set, SIGUSR2));
	sigemptyset(&set);
	pthread_sigmask(SIG_SETMASK, &set, NULL);
	return argument;
}

static void
inherited_mask(void)
{
	pthread_t thread;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	pthread_create(&thread, NULL, show_mask, NULL);
	pthread_join(thread, NULL);
	pthread_sigmask(SIG_SETMASK, NULL, &set);
	VALUE(sigismember(&set, SIGUSR2));
}

static void *
wait_for_signal(void *argument)
{
	sigset_t set;
	int number;

	(void)argument;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	sem_post(&ready);
	sigwait(&set, &number);
	return (void *)(intptr_t)(number == SIGUSR2);
}

/* Every thread blocks it, one waits for it. */
static void
waited_for(void)
{
	pthread_t thread;
	void *good;

	pthread_create(&thread, NULL, wait_for_signal, NULL);
	sem_wait(&ready);
	CALL(kill(getpid(), SIGUSR2));
	pthread_join(thread, &good);
	HOLDS(good != NULL);
}

int
main(int argc, char **argv)
{
	(void)argc;
	test_begin(argv);
	sem_init(&ready, 0, 0);
	signal_handle(SIGUSR1, on_signal, SA_RESTART);
	to_one_thread();
	to_the_process();
	inherited_mask();
	waited_for();
	return test_end();
}
