/* false.c - do nothing, unsuccessfully.
 *
 * SPDX-License-Identifier: MIT */

int
main(void)
{
	return 1;
}
