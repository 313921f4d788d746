#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""run-pytest.py default|long FILE...: pytest as ctest wants it. Status 77: it is not installed, or all
of the file was skipped."""

import sys

try:
    import pytest
except ImportError:
    print("skipped: python3-pytest is not installed")
    sys.exit(77)


class Outcome:
    """Whether anything ran at all."""

    ran = False

    def pytest_runtest_logreport(self, report):
        self.ran = self.ran or (report.when == "call" and not report.skipped) or report.failed

    def pytest_collection_modifyitems(self, config, items):
        wanted = [i for i in items if (i.get_closest_marker("long") is not None) == LONG]
        config.hook.pytest_deselected(items=[i for i in items if i not in wanted])
        items[:] = wanted

    def pytest_configure(self, config):
        config.addinivalue_line("markers", "long: thorough, and only in `ctest -C long`")


LONG = sys.argv[1] == "long"
outcome = Outcome()
status = pytest.main(["-q", "-rs", "-p", "no:cacheprovider", *sys.argv[2:]], plugins=[outcome])
if status == pytest.ExitCode.NO_TESTS_COLLECTED or (status == 0 and not outcome.ran):
    print("skipped: nothing here could run")
    sys.exit(77)
sys.exit(status)
