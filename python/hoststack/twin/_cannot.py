# SPDX-License-Identifier: GPL-2.0-only
"""Why a twin is not possible."""

from ..errors import HoststackError


class Cannot(HoststackError):
    """This machine, or any kernel, cannot play the scenario; no fault of either (exit status 77)."""
