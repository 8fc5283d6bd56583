/* nothing.c - a program that only exits: the cheapest thing to exec, for bench.
 *
 * SPDX-License-Identifier: MIT */

int
main(void)
{
	return 0;
}
