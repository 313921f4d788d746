# SPDX-License-Identifier: GPL-2.0-only
"""A scenario on real kernels, laid beside the model.

    import hoststack.twin
    result = hoststack.twin.twin("scenarios/mptcp/aggregation/wlan-lte-equal-delay.json", kernel="uml:6.12")
    print(result.text)

`./hoststack twin FILE...` is the same on the command line; docs/twin.md says how it is done and what it
cannot do.
"""

from ._compare import Verdict, compare
from ._twin import Twin, twin

__all__ = ["Twin", "Verdict", "compare", "twin"]
