#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# docs/scenario-reference.md is what the schema says.

exec python3 "$HOSTSTACK_SOURCE_DIR/docs/make-scenario-reference.py" --check
