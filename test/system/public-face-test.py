#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""The shared libraries show their public face and nothing else: what is marked HS_PUBLIC, no name of
the standard library or of another one that was compiled in. The one without ns-3 needs none of it."""

import os
import re
import shutil
import subprocess
import sys
import unittest

BUILD = os.environ["HOSTSTACK_BUILD_DIR"]
SCENARIO = os.path.join(BUILD, "libhoststack-scenario.so")
WHOLE = os.path.join(BUILD, "libhoststack.so")
OURS = re.compile(
    r"(?:(?:typeinfo|typeinfo name|vtable|VTT) for )?"
    r"(?:hoststack::|ns3::Hoststack)[\w:~]*(?:operator\S+|\[abi:cxx11\])?(?:\(|$)"
)


def names(library, *options):
    """Demangled names with their kind (nm's letter), without the versions of other libraries."""
    done = subprocess.run(
        ["nm", "-DC", *options, library], capture_output=True, text=True, check=True
    )
    lines = (line.split(maxsplit=2 if options == ("--defined-only",) else 1)
             for line in done.stdout.splitlines())
    return {(parts[-2], parts[-1].split("@")[0]) for parts in lines}


class PublicFace(unittest.TestCase):
    def test_only_names_of_ours_are_seen(self):
        for library in (SCENARIO, WHOLE):
            strangers = [n for _, n in names(library, "--defined-only") if not OURS.match(n)]
            self.assertEqual(strangers, [], library)

    def test_what_is_not_marked_is_hidden(self):
        for library in (SCENARIO, WHOLE):
            shown = {n for _, n in names(library, "--defined-only")}
            hidden = ("hoststack::tcp::", "hoststack::mptcp::", "hoststack::ParseQuantity")
            self.assertEqual([n for n in shown if n.startswith(hidden)], [], library)
            self.assertLess(len(shown), 700, library)

    def test_scenarios_are_read_and_judged_by_both_and_run_by_one(self):
        def functions(library):
            return {re.split(r"[(\[]", n)[0] for _, n in names(library, "--defined-only")}

        both = {"hoststack::LoadScenario", "hoststack::Judge", "hoststack::SummaryOf"}
        self.assertLessEqual(both, functions(SCENARIO))
        self.assertLessEqual(both | {"hoststack::RunScenario"}, functions(WHOLE))
        self.assertNotIn("hoststack::RunScenario", functions(SCENARIO))

    def test_the_one_without_ns3_needs_no_ns3(self):
        needed = [n for _, n in names(SCENARIO, "--undefined-only") if "ns3::" in n]
        self.assertEqual(needed, [])
        done = subprocess.run(
            ["readelf", "-d", SCENARIO], capture_output=True, text=True, check=True
        )
        self.assertNotIn("libns3", done.stdout)


if __name__ == "__main__":
    if not shutil.which("nm") or not os.path.exists(WHOLE):
        print("needs nm and a build of the shared libraries")
        sys.exit(77)
    unittest.main()
