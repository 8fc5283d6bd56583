"""report.py - how `make check` tells what happened.

SPDX-License-Identifier: MIT
"""

import sys


class Report:
    """A pytest plugin in place of pytest's own terminal output."""

    def __init__(self):
        self.counts = {"passed": 0, "failed": 0, "skipped": 0}
        self.total = 0
        self.problems = 0               # files that could not be collected
        self.reasons = {}               # of skipping: how often
        self.on_terminal = sys.stdout.isatty()

    def _line(self, text):
        """Print TEXT over the progress."""
        clear = "\r\033[K" if self.on_terminal else ""
        print(f"{clear}{text}", flush=True)

    def _progress(self, name):
        if self.on_terminal:
            done = sum(self.counts.values())
            print(f"\r\033[K{done}/{self.total} {name[:60]}", end="",
                  flush=True)

    def pytest_xdist_node_collection_finished(self, ids):
        """A worker knows the tests."""
        self.total = len(ids)

    def pytest_collectreport(self, report):
        """A file of tests was read, or could not be."""
        if report.failed:
            self.problems += 1
            self._line(f"FAILED {report.nodeid}\n{report.longreprtext}")

    def pytest_runtest_logreport(self, report):
        """A test has passed one of its phases: setup, call, teardown."""
        if report.when != "call" and report.passed:
            return
        self.counts[report.outcome] += 1
        if report.failed:
            if report.when == "teardown":       # it was counted as passed
                self.counts["passed"] -= 1
            self._failure(report)
        elif report.skipped:
            reason = report.longrepr[2].removeprefix("Skipped: ")
            self.reasons[reason] = self.reasons.get(reason, 0) + 1
        self._progress(report.nodeid)

    def _failure(self, report):
        """Tell what failed and how to see it again."""
        self._line(f"FAILED {report.nodeid}")
        print(report.longreprtext)
        for title, text in report.sections:
            if text.strip():
                print(f"--- {title}\n{text.rstrip()}")
        if "repeat: " not in report.longreprtext:
            name = report.nodeid.split("::")[-1]
            print(f"repeat: make check T='{name}'")
        print(flush=True)

    def pytest_internalerror(self, excrepr):
        """Pytest itself has a problem."""
        self.problems += 1
        self._line(str(excrepr))

    def finish(self, status):
        """Print the last line; the exit status for pytest's STATUS."""
        for reason, count in sorted(self.reasons.items()):
            self._line(f"skipped {count}: {reason}")
        failed = self.counts["failed"] + self.problems
        summary = f"{self.counts['passed']} passed, {failed} failed"
        if self.counts["skipped"]:
            summary += f", {self.counts['skipped']} skipped"
        self._line(summary)
        return 1 if failed or status not in (0, 1) else 0
