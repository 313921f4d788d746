#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Every scenario of the library meets its expectations.

set -euo pipefail
exec "$HOSTSTACK_CLI" check "$HOSTSTACK_SOURCE_DIR/scenarios"
