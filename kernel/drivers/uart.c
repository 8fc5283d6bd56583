/* uart.c - 16550 serial ports: COM1..COM4 as ttyS0..ttyS3.
 *
 * Layer: drivers   Called by: init.c, console.c, tty.c; interrupts 3 and 4
 * Source: [16550] National Semiconductor PC16550D, "Registers"
 *
 * What goes out is put into a ring: programs' output and the kernel's log, so
 * that they keep their order.  Whoever adds to the ring sends what the device
 * takes at once; the rest is sent by the interrupt handler, or, before there
 * are interrupts and in a panic, by polling.
 *
 * On the way in nothing is lost as long as somebody reads in the end: when the
 * line discipline is full we switch the receive interrupt off and leave the
 * bytes in the device, which (on an emulator) stops its sender.
 * SPDX-License-Identifier: MIT */
#include "drivers/uart.h"

#include "abi/errno.h"
#include "debug/assert.h"
#include "debug/printk.h"
#include "drivers/console.h"
#include "drivers/tty.h"
#include "lib/bits.h"
#include "x86/irq.h"
#include "x86/port.h"

enum uart_register {
	UART_DATA = 0, /* read: receive, write: transmit */
	UART_IER = 1,  /* interrupt enable */
	UART_IIR = 2,  /* read: interrupt identification */
	UART_FCR = 2,  /* write: FIFO control */
	UART_LCR = 3,  /* line control */
	UART_MCR = 4,  /* modem control */
	UART_LSR = 5,  /* line status */
	UART_MSR = 6,  /* modem status */
	UART_DIVISOR_LOW = 0,  /* with LCR_DLAB */
	UART_DIVISOR_HIGH = 1, /* with LCR_DLAB */
};

#define IER_RECEIVE  BIT(0)
#define IER_TRANSMIT BIT(1)
#define IER_LINE     BIT(2)
#define IIR_NONE     BIT(0)
#define IIR_FIFO     (BIT(6) | BIT(7))
#define FCR_ENABLE   BIT(0)
#define FCR_LEVEL_8  BIT(7) /* interrupt when 8 bytes came */
#define LCR_8N1      (BIT(0) | BIT(1))
#define LCR_DLAB     BIT(7)
#define MCR_DTR      BIT(0)
#define MCR_RTS      BIT(1)
#define MCR_OUT2     BIT(3) /* connects the interrupt line */
#define MCR_LOOP     BIT(4)
#define LSR_DATA     BIT(0)
#define LSR_BREAK    BIT(4)
#define LSR_THRE     BIT(5) /* the FIFO is empty */
#define LSR_TEMT     BIT(6) /* and the last byte has left */
#define MSR_CTS      BIT(4)
#define MSR_LINES    (BIT(4) | BIT(5) | BIT(6) | BIT(7))
#define MSR_DCD      BIT(7)

#define UART_PORTS    4
#define RING_BYTES    4096u /* a power of two */
#define FIFO_BYTES    16
#define IRQ_ROUNDS    16
/* At 115200 baud 16 bytes take 1.4 ms, a thousand or two port reads; but what
 * an emulator writes to may be slow. */
#define POLLS_MAX     1000000
#define DIVISOR_115200 1

/* What protects the members:
 *	I	immutable after uart_early_init()
 *	l	lock */
struct uart {
	uint16_t base;     /* [I] port; 0: not there */
	unsigned irq;      /* [I] */
	unsigned fifo;     /* [I] bytes that may be sent at once */
	struct console con;
	struct tty tty;
	struct spinlock lock; /* the registers too */
	bool by_irq;       /* [I] after uart_init() */
	bool stuck;        /* [l] the transmitter did not take a byte in time */
	bool stopped;      /* [l] Ctrl-S */
	uint8_t ier;       /* [l] what IER holds */
	uint32_t head;     /* [l] ring[head % RING_BYTES]: next in */
	uint32_t tail;     /* [l] next out */
	uint8_t ring[RING_BYTES];
};

static const struct {
	const char *name;
	uint16_t base;
	unsigned irq;
} uart_places[UART_PORTS] = {
    {"ttyS0", 0x3f8, 4},
    {"ttyS1", 0x2f8, 3},
    {"ttyS2", 0x3e8, 4},
    {"ttyS3", 0x2e8, 3},
};

static struct uart uarts[UART_PORTS];

static uint8_t
uart_read(const struct uart *u, enum uart_register reg)
{
	return inb(u->base + reg);
}

static void
uart_write(const struct uart *u, enum uart_register reg, uint8_t value)
{
	outb(u->base + reg, value);
}

/* Wait until the line status has this bit.  False: it takes too long. */
static bool
uart_wait(const struct uart *u, uint8_t bit)
{
	for (unsigned polls = POLLS_MAX; polls > 0; polls--) {
		if (uart_read(u, UART_LSR) & bit)
			return true;
		cpu_relax();
	}
	return false;
}

/* In loopback mode: whether a byte in the FIFO is seen as soon as it is there.
 * In Bochs 2.7 a clock must tick first, and as nothing stops that clock when
 * the byte is read with others before, the byte may come twice. */
static bool
uart_fifo_works(const struct uart *u)
{
	bool seen;

	uart_write(u, UART_FCR, FCR_ENABLE | FCR_LEVEL_8);
	uart_write(u, UART_DATA, 0);
	uart_wait(u, LSR_TEMT);
	seen = (uart_read(u, UART_LSR) & LSR_DATA) != 0;
	if (uart_wait(u, LSR_DATA))
		uart_read(u, UART_DATA);
	return seen;
}

/* Set 115200 8N1 and the FIFO; tell whether a UART is there: in loopback mode
 * the modem status shows the modem control's bits. */
static bool
uart_probe(struct uart *u)
{
	uint8_t lines;

	uart_write(u, UART_IER, 0);
	if (uart_read(u, UART_IER) != 0)
		return false;
	uart_write(u, UART_LCR, LCR_8N1 | LCR_DLAB);
	uart_write(u, UART_DIVISOR_LOW, DIVISOR_115200);
	uart_write(u, UART_DIVISOR_HIGH, 0);
	uart_write(u, UART_LCR, LCR_8N1);
	uart_write(u, UART_MCR, MCR_LOOP | MCR_RTS | MCR_OUT2);
	lines = uart_read(u, UART_MSR) & MSR_LINES;
	if (lines == (MSR_CTS | MSR_DCD) && !uart_fifo_works(u))
		uart_write(u, UART_FCR, 0);
	uart_write(u, UART_MCR, MCR_DTR | MCR_RTS | MCR_OUT2);
	if (lines != (MSR_CTS | MSR_DCD))
		return false;
	u->fifo = (uart_read(u, UART_IIR) & IIR_FIFO) == IIR_FIFO ? FIFO_BYTES
								  : 1;
	return true;
}

/* The same for the polled output: once it took too long, it waits no more until
 * the device goes on.  False: drop the text. */
static bool
uart_poll(struct uart *u, uint8_t bit)
{
	u->stuck = u->stuck ? (uart_read(u, UART_LSR) & bit) == 0
			    : !uart_wait(u, bit);
	return !u->stuck;
}

static void
uart_set_ier(struct uart *u, uint8_t bits, bool on)
{
	u->ier = on ? u->ier | bits : u->ier & ~bits;
	uart_write(u, UART_IER, u->ier);
}

/* Move a FIFO's worth of bytes from the ring to the device, whose FIFO is
 * empty. */
static void
uart_fill(struct uart *u)
{
	kassert(u->head - u->tail <= RING_BYTES);
	for (unsigned n = u->fifo; n > 0 && u->head != u->tail; n--)
		uart_write(u, UART_DATA, u->ring[u->tail++ % RING_BYTES]);
}

/* Send from the ring what the device takes now; have it interrupt when it can
 * take more, if there is more.  (An emulated one mostly takes all at once.)
 * Locks: u->lock held. */
static void
uart_send(struct uart *u)
{
	bool more;

	kassert(spin_held(&u->lock));
	while (!u->stopped && u->head != u->tail &&
	    (uart_read(u, UART_LSR) & LSR_THRE) != 0)
		uart_fill(u);
	more = !u->stopped && u->head != u->tail;
	if (more != ((u->ier & IER_TRANSMIT) != 0))
		uart_set_ier(u, IER_TRANSMIT, more);
}

/* Send from the ring by polling, until at most left bytes are in it.  False: the
 * device takes too long. */
static bool
uart_send_polled(struct uart *u, size_t left)
{
	while (u->head - u->tail > left) {
		if (!uart_poll(u, LSR_THRE))
			return false;
		uart_fill(u);
	}
	return true;
}

/* Put a byte of the log into the ring.  If there is no room in time, it is
 * lost. */
static void
uart_put(struct uart *u, uint8_t byte)
{
	if (uart_send_polled(u, RING_BYTES - 1))
		u->ring[u->head++ % RING_BYTES] = byte;
}

/* console.write */
static void
uart_console_write(struct console *con, const char *text, size_t n)
{
	struct uart *u = container_of(con, struct uart, con);
	bool by_irq = u->by_irq && !console_in_panic();
	uint64_t flags = by_irq ? spin_lock_irq(&u->lock) : 0;

	for (size_t i = 0; i < n; i++) {
		if (text[i] == '\n')
			uart_put(u, '\r');
		uart_put(u, text[i]);
	}
	if (by_irq) {
		uart_send(u);
		spin_unlock_irq(&u->lock, flags);
	} else {
		uart_send_polled(u, 0);
	}
}

/* console.drain: the ring, then the FIFO. */
static void
uart_console_drain(struct console *con)
{
	struct uart *u = container_of(con, struct uart, con);

	u->stuck = false; /* the last chance: wait once more */
	if (uart_send_polled(u, 0))
		uart_poll(u, LSR_TEMT);
}

/* tty_ops.write */
static size_t
uart_tty_write(struct tty *tty, const uint8_t *data, size_t n)
{
	struct uart *u = tty->priv;
	uint64_t flags = spin_lock_irq(&u->lock);

	n = MIN(n, (size_t)(RING_BYTES - (u->head - u->tail)));
	for (size_t i = 0; i < n; i++)
		u->ring[u->head++ % RING_BYTES] = data[i];
	uart_send(u);
	spin_unlock_irq(&u->lock, flags);
	return n;
}

/* tty_ops.pending, room, resume, stop, flush */
static size_t
uart_tty_pending(struct tty *tty)
{
	struct uart *u = tty->priv;
	uint64_t flags = spin_lock_irq(&u->lock);
	size_t n = u->head - u->tail;

	spin_unlock_irq(&u->lock, flags);
	return n;
}

static size_t
uart_tty_room(struct tty *tty)
{
	return RING_BYTES - uart_tty_pending(tty);
}

static void
uart_tty_resume(struct tty *tty)
{
	struct uart *u = tty->priv;
	uint64_t flags = spin_lock_irq(&u->lock);

	uart_set_ier(u, IER_RECEIVE, true);
	spin_unlock_irq(&u->lock, flags);
}

static void
uart_tty_stop(struct tty *tty, bool on)
{
	struct uart *u = tty->priv;
	uint64_t flags = spin_lock_irq(&u->lock);

	u->stopped = on;
	uart_send(u);
	spin_unlock_irq(&u->lock, flags);
}

static void
uart_tty_flush(struct tty *tty)
{
	struct uart *u = tty->priv;
	uint64_t flags = spin_lock_irq(&u->lock);

	u->tail = u->head;
	uart_send(u);
	spin_unlock_irq(&u->lock, flags);
}

static const struct tty_ops uart_tty_ops = {
    .write = uart_tty_write,
    .room = uart_tty_room,
    .resume = uart_tty_resume,
    .stop = uart_tty_stop,
    .flush = uart_tty_flush,
    .pending = uart_tty_pending,
};

/* How many bytes we may take from the device.  0: none, and the receive
 * interrupt is off until uart_tty_resume().  We ask once more after switching
 * it off, for the reader may have made room in between. */
static size_t
uart_input_room(struct uart *u)
{
	uint64_t flags;
	size_t room = tty_input_room(&u->tty);

	if (room > 0)
		return room;
	flags = spin_lock_irq(&u->lock);
	uart_set_ier(u, IER_RECEIVE, false);
	spin_unlock_irq(&u->lock, flags);
	room = tty_input_room(&u->tty);
	if (room > 0)
		uart_tty_resume(&u->tty);
	return room;
}

/* One round of receiving and sending.  Returns false when the device has no
 * more reason to interrupt. */
static bool
uart_serve_irq(struct uart *u)
{
	uint8_t data[64];
	size_t room = MIN(uart_input_room(u), sizeof(data));
	size_t n = 0;
	uint8_t status = 0;
	bool idle;
	bool sent;
	uint64_t flags = spin_lock_irq(&u->lock);

	idle = (uart_read(u, UART_IIR) & IIR_NONE) != 0;
	while (n < room) {
		uint8_t lsr = uart_read(u, UART_LSR);

		status |= lsr;
		if ((lsr & LSR_DATA) == 0)
			break;
		data[n] = uart_read(u, UART_DATA);
		if ((lsr & LSR_BREAK) == 0)
			n++;
	}
	uart_send(u);
	sent = u->head - u->tail < RING_BYTES / 2;
	spin_unlock_irq(&u->lock, flags);

	if (status & LSR_BREAK)
		tty_break(&u->tty);
	if (n > 0)
		tty_input(&u->tty, data, n);
	if (sent)
		tty_output_ready(&u->tty);
	return !idle || n > 0;
}

/* The line is edge-triggered: if we leave while the device still asks, we must
 * make it ask again, by switching its interrupts off and on. */
static void
uart_irq(void *arg)
{
	struct uart *u = arg;
	uint64_t flags;

	for (unsigned round = 0; round < IRQ_ROUNDS; round++)
		if (!uart_serve_irq(u))
			return;
	flags = spin_lock_irq(&u->lock);
	uart_write(u, UART_IER, 0);
	uart_write(u, UART_IER, u->ier);
	spin_unlock_irq(&u->lock, flags);
}

/* From now on interrupts move the bytes, also those that the log has left in
 * the ring. */
static void
uart_start(struct uart *u)
{
	uint64_t flags = spin_lock_irq(&u->lock);

	u->by_irq = true;
	uart_set_ier(u, IER_RECEIVE | IER_LINE, true);
	uart_send(u);
	spin_unlock_irq(&u->lock, flags);
}

/* Only the first port shows the log by itself: on the others is anything. */
void
uart_early_init(void)
{
	bool first = true;

	for (unsigned i = 0; i < UART_PORTS; i++) {
		struct uart *u = &uarts[i];

		u->base = uart_places[i].base;
		u->irq = uart_places[i].irq;
		if (!uart_probe(u)) {
			u->base = 0;
			continue;
		}
		u->con.name = uart_places[i].name;
		u->con.write = uart_console_write;
		u->con.drain = uart_console_drain;
		u->con.by_default = first;
		first = false;
		console_register(&u->con);
	}
}

void
uart_init(void)
{
	for (unsigned i = 0; i < UART_PORTS; i++) {
		struct uart *u = &uarts[i];

		if (u->base == 0)
			continue;
		spin_init(&u->lock, u->con.name, RANK_LOG);
		u->tty.dev.name = u->con.name;
		u->tty.dev.number = DEV_TTYS(i);
		u->tty.ops = &uart_tty_ops;
		u->tty.priv = u;
		tty_register(&u->tty);
		if (irq_register(u->irq, uart_irq, u) != 0) {
			pr_warn("%s: no interrupt %u", u->con.name, u->irq);
			continue;
		}
		u->con.tty = &u->tty;
		uart_start(u);
		pr_info("%s: 16550 at port %#x, irq %u, %u byte FIFO",
		    u->con.name, u->base, u->irq, u->fifo);
	}
}
