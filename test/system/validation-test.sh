#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# docs/validation.md holds what comes out today.

set -euo pipefail
exec python3 "$HOSTSTACK_SOURCE_DIR/docs/make-validation.py" --check --program "$HOSTSTACK_CLI"
