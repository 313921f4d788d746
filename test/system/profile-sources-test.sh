#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Every value of every profile names its source, and the check that says so can fail.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
profiles="$here/../../scenarios/profiles"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

python3 "$here/check-profiles.py" "$profiles"

refuses() {
  if python3 "$here/check-profiles.py" "$work/link" 2>"$work/error"; then
    echo "a profile with a fault passed: $1" >&2
    exit 1
  fi
  grep -q "$1" "$work/error"
}

mkdir "$work/link"
broken="$work/link/starlink.json"
sed '/"down.delay":/d' "$profiles/link/starlink.json" >"$broken"
refuses '"down.delay" has no source'
sed 's/"down.delay": "derived:/"down.delay": "somebody said:/' "$profiles/link/starlink.json" >"$broken"
refuses 'must begin with one of'
sed 's/"down.delay":/"down.dealy":/' "$profiles/link/starlink.json" >"$broken"
refuses 'belongs to nothing'
sed 's/"name": "starlink"/"name": "starlnk"/' "$profiles/link/starlink.json" >"$broken"
refuses 'the file is called'
