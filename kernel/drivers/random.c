/* random.c - random numbers: seeds from the CPU, ChaCha20 stretches them.
 *
 * Layer: drivers   Called by: proc, syscall getrandom(2), /dev/urandom
 * Source: [SDM1] 7.3.17 "Random Number Generator Instructions"
 *
 * The state is a key.  A request runs ChaCha20 with it: the first half of the
 * first block becomes the next key, so that who reads our memory later cannot
 * compute what we gave out before; the rest is the output.
 *
 * The key comes from RDSEED or RDRAND where the CPU has them and, always, from
 * the jitter of the time-stamp counter; interrupts add their arrival times.
 * There is no blocking: what is there at boot is what there is.
 * SPDX-License-Identifier: MIT */
#include "drivers/random.h"

#include "abi/errno.h"
#include "debug/printk.h"
#include "drivers/chardev.h"
#include "lib/bits.h"
#include "lib/chacha20.h"
#include "lib/string.h"
#include "mm/iobuf.h"
#include "sched/sched.h"
#include "sync/spinlock.h"
#include "x86/bootinfo.h"
#include "x86/cpu.h"
#include "x86/cpuid.h"

#define BLOCK_BYTES   (CHACHA_BLOCK_WORDS * sizeof(uint32_t))
#define JITTER_ROUNDS 512
#define CPU_RETRIES   10 /* [SDM1] 7.3.17.1 "RDRAND" */
#define CHUNK_BYTES   1024 /* between looks at the clock */

/* What protects the members: l lock */
static struct {
	struct spinlock lock;
	uint32_t key[CHACHA_KEY_WORDS]; /* [l] */
	uint64_t events;                /* [l] mixed into the next key */
	bool fixed;                     /* [I] seed=N: nothing random is added */
} pool = {.lock = SPINLOCK_INIT("random", RANK_RANDOM)};

/* Replace the key by one that depends on it and on x.  Locks: pool.lock held,
 * or nobody else is there yet. */
static void
pool_mix(uint64_t x)
{
	uint32_t block[CHACHA_BLOCK_WORDS];

	chacha20_block(pool.key, x, 1, block);
	memcpy(pool.key, block, sizeof(pool.key));
}

/* A number from the CPU's own source.  False: it has none, or none now. */
static bool
cpu_random(uint64_t *x)
{
	bool ok = false;

	for (unsigned i = 0; i < CPU_RETRIES && !ok; i++) {
		if (cpu_features.rdseed)
			__asm__ volatile("rdseed %0" : "=r"(*x), "=@ccc"(ok));
		if (!ok && cpu_features.rdrand)
			__asm__ volatile("rdrand %0" : "=r"(*x), "=@ccc"(ok));
	}
	return ok;
}

/* How long things take is never quite the same. */
static uint64_t
jitter(void)
{
	uint64_t x = 0;

	for (unsigned i = 0; i < JITTER_ROUNDS; i++) {
		x = x << 7 | x >> 57;
		x ^= rdtsc();
		cpu_relax();
	}
	return x;
}

void
random_add(uint64_t data)
{
	uint64_t flags = spin_lock_irq(&pool.lock);

	if (!pool.fixed)
		pool.events = (pool.events << 9 | pool.events >> 55) ^
		    rdtsc() ^ data;
	spin_unlock_irq(&pool.lock, flags);
}

/* The lock is held for one block only; the output is made from a copy of the
 * old key, which dies with this call. */
void
random_bytes(void *buf, size_t n)
{
	uint32_t block[CHACHA_BLOCK_WORDS];
	uint32_t key[CHACHA_KEY_WORDS];
	uint8_t *out = buf;
	uint64_t flags = spin_lock_irq(&pool.lock);
	uint64_t events = pool.events;

	memcpy(key, pool.key, sizeof(key));
	chacha20_block(key, 0, events, block);
	memcpy(pool.key, block, sizeof(pool.key));
	spin_unlock_irq(&pool.lock, flags);

	for (uint64_t counter = 1; n > 0; counter++) {
		size_t part = MIN(n, BLOCK_BYTES);

		chacha20_block(key, counter, events, block);
		memcpy(out, block, part);
		out += part;
		n -= part;
	}
}

uint64_t
random_u64(void)
{
	uint64_t x;

	random_bytes(&x, sizeof(x));
	return x;
}

/* ---- The devices ---- */

/* chardev_ops.read */
static ssize_t
random_read(struct chardev_file *f, struct iobuf *io)
{
	uint8_t data[CHUNK_BYTES];
	ssize_t done = 0;

	(void)f;
	while (io->left > 0) {
		size_t n = MIN(io->left, sizeof(data));
		ssize_t moved;

		random_bytes(data, n);
		moved = iobuf_write(io, data, n);
		if (moved < 0)
			return done > 0 ? done : moved;
		done += moved;
		if (moved < (ssize_t)n || thread_current()->interrupted)
			break;
		sched_cond_yield();
	}
	return done;
}

/* What is written is mixed in. */
static ssize_t
random_write(struct chardev_file *f, struct iobuf *io)
{
	ssize_t done = 0;

	(void)f;
	while (io->left > 0) {
		uint64_t x = 0;
		ssize_t n = iobuf_read(io, &x, MIN(io->left, sizeof(x)));

		if (n <= 0)
			return done > 0 ? done : n;
		random_add(x);
		done += n;
	}
	return done;
}

static const struct chardev_ops random_ops = {
    .read = random_read,
    .write = random_write,
};

static struct chardev random_dev = {
    .name = "random",
    .number = DEV_RANDOM,
    .mode = 0666,
    .ops = &random_ops,
};

static struct chardev urandom_dev = {
    .name = "urandom",
    .number = DEV_URANDOM,
    .mode = 0666,
    .ops = &random_ops,
};

void
random_init(void)
{
	char value[24];
	uint64_t x = 0;

	if (bootinfo_option(&bootinfo, "seed", value, sizeof(value)) != NULL) {
		pool.fixed = true;
		pool_mix(strtou64(value, NULL));
		pr_info("random: the seed is fixed by seed=%s", value);
	} else {
		for (unsigned i = 0; i < CHACHA_KEY_WORDS; i++) {
			if (cpu_random(&x))
				pool_mix(x);
			pool_mix(jitter());
		}
	}
	chardev_register(&random_dev);
	chardev_register(&urandom_dev);
}
