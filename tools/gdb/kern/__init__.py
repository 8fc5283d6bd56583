"""GDB commands that know the kernel: see ../nestling.py.

SPDX-License-Identifier: MIT
"""
