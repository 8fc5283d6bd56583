"""conftest.py - what all tests share.

SPDX-License-Identifier: MIT
"""

import os
import sys

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BUILD = os.path.abspath(os.environ.get("BUILD", f"{TOP}/build"))

sys.path.insert(0, f"{TOP}/tools")
sys.path.insert(0, f"{TOP}/tests/lib")


def pytest_configure(config):
    """Failed assertions ask how much to show; nobody says so when pytest's own
    terminal output is off (tests/check)."""
    if not hasattr(config.option, "verbose"):
        config.option.verbose = 0


def pytest_collection_modifyitems(config, items):
    """Keep the tests that have the pattern of `make check T=` in their
    names."""
    pattern = os.environ.get("NESTLING_TESTS", "")
    dropped = [item for item in items if pattern not in item.nodeid]
    if dropped:
        config.hook.pytest_deselected(items=dropped)
        items[:] = [item for item in items if pattern in item.nodeid]
