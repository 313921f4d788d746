#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# docs/studies/dispatch.md holds what comes out today.

set -euo pipefail
exec python3 "$HOSTSTACK_SOURCE_DIR/docs/make-dispatch-study.py" --check --program "$HOSTSTACK_CLI"
