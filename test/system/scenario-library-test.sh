#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Every scenario of the library meets its expectations, with the direct path and without, and its
# results are those of test/fingerprints.json.

set -euo pipefail
exec python3 "$HOSTSTACK_SOURCE_DIR/test/fingerprints.py"
