/* rtc.c - the battery-backed clock of the PC (MC146818).
 *
 * Layer: drivers   Called by: init.c
 * Source: [MC146818] "Time, Calendar, and Alarm Locations", "Registers"
 *
 * The clock changes its registers once a second and says so by a bit shortly
 * before; so we read all of them twice, until both readings are equal and no
 * change was announced in between.
 * SPDX-License-Identifier: MIT */
#include "drivers/rtc.h"

#include "abi/errno.h"
#include "lib/bits.h"
#include "lib/string.h"
#include "x86/cpu.h"
#include "x86/port.h"
#include "x86/tsc.h"

#define CMOS_INDEX 0x70
#define CMOS_DATA  0x71

enum rtc_register {
	RTC_SECONDS = 0,
	RTC_MINUTES = 2,
	RTC_HOURS = 4,
	RTC_DAY = 7,
	RTC_MONTH = 8,
	RTC_YEAR = 9,
	RTC_STATUS_A = 10,
	RTC_STATUS_B = 11,
};

#define STATUS_A_UPDATE BIT(7) /* the registers are about to change */
#define STATUS_B_24H    BIT(1)
#define STATUS_B_BINARY BIT(2)
#define HOURS_PM        BIT(7)
#define TRIES           10
#define UPDATE_NS       3000000 /* an update takes 2 ms at most */
#define CENTURY         2000
#define SECONDS_PER_DAY 86400

struct rtc_time {
	uint8_t second;
	uint8_t minute;
	uint8_t hour;
	uint8_t day;
	uint8_t month;
	uint8_t year;
};

static uint8_t
cmos_read(enum rtc_register reg)
{
	outb(CMOS_INDEX, reg);
	return inb(CMOS_DATA);
}

/* The registers, as they are, but not in the middle of an update. */
static void
read_once(struct rtc_time *t)
{
	uint64_t end_ns = tsc_ns() + UPDATE_NS;

	while ((cmos_read(RTC_STATUS_A) & STATUS_A_UPDATE) != 0 &&
	    tsc_ns() < end_ns)
		cpu_relax();
	t->second = cmos_read(RTC_SECONDS);
	t->minute = cmos_read(RTC_MINUTES);
	t->hour = cmos_read(RTC_HOURS);
	t->day = cmos_read(RTC_DAY);
	t->month = cmos_read(RTC_MONTH);
	t->year = cmos_read(RTC_YEAR);
}

static uint8_t
from_bcd(uint8_t value)
{
	return (value >> 4) * 10 + (value & 15);
}

/* Turn what the registers hold into plain numbers. */
static void
decode(struct rtc_time *t, uint8_t status_b)
{
	bool pm = (status_b & STATUS_B_24H) == 0 && (t->hour & HOURS_PM) != 0;

	if ((status_b & STATUS_B_24H) == 0)
		t->hour &= ~HOURS_PM;
	if ((status_b & STATUS_B_BINARY) == 0) {
		t->second = from_bcd(t->second);
		t->minute = from_bcd(t->minute);
		t->hour = from_bcd(t->hour);
		t->day = from_bcd(t->day);
		t->month = from_bcd(t->month);
		t->year = from_bcd(t->year);
	}
	if ((status_b & STATUS_B_24H) == 0)
		t->hour = t->hour % 12 + (pm ? 12 : 0);
}

/* Days from 1970-01-01 to a date.  The year is taken to begin in March: then
 * the leap day is its last, and 153 days make five months. */
static int64_t
days_since_epoch(int year, int month, int day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t m = month <= 2 ? month + 9 : month - 3;

	return y * 365 + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day -
	    1 - 719468;
}

/* The century is not in the standard registers: we take this one. */
int
rtc_read(int64_t *epoch_seconds)
{
	struct rtc_time t;
	struct rtc_time again;
	unsigned tries = TRIES;

	read_once(&t);
	for (; tries > 0; tries--) {
		read_once(&again);
		if (memcmp(&t, &again, sizeof(t)) == 0)
			break;
		t = again;
	}
	decode(&t, cmos_read(RTC_STATUS_B));
	if (tries == 0 || t.month < 1 || t.month > 12 || t.day < 1 ||
	    t.day > 31 || t.hour > 23 || t.minute > 59 || t.second > 59)
		return -ENODEV;
	*epoch_seconds = days_since_epoch(CENTURY + t.year, t.month, t.day) *
		SECONDS_PER_DAY + t.hour * 3600 + t.minute * 60 + t.second;
	return 0;
}
