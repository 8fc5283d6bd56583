/* true.c - do nothing, successfully.
 *
 * SPDX-License-Identifier: MIT */

int
main(void)
{
	return 0;
}
