#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The front door in trees that are not as they were built: cmake and ninja only write down that they
# were called.

set -euo pipefail

folder=$(mktemp -d)
trap 'chmod -R u+w "$folder"; rm -rf "$folder"' EXIT
tree=$folder/tree
build=$tree/build/release
mkdir -p "$build" "$folder/bin"
cp "$HOSTSTACK_SOURCE_DIR/hoststack" "$tree/"
cat >"$folder/bin/cmake" <<END
#!/bin/sh
echo cmake >>"$folder/calls"
touch "$build/build.ninja"
END
cat >"$folder/bin/ninja" <<END
#!/bin/sh
echo ninja >>"$folder/calls"
END
printf '#!/bin/sh\nexit 1\n' >"$folder/bin/dpkg-query"
printf '#!/bin/sh\necho ran "$@"\n' >"$build/hoststack-cli"
chmod +x "$folder"/bin/* "$build/hoststack-cli"
# What is installed is no question here.
sed -n '/^packages=(/,/^)/p' "$tree/hoststack" >"$folder/packages"
. "$folder/packages"
printf '%s\n' "${packages[*]}" >"$tree/build/packages"
export PATH=$folder/bin:$PATH

fail() {
    echo "$*" >&2
    exit 1
}
calls() { tr '\n' ' ' <"$folder/calls"; }

# A build of this tree is not configured again.
touch "$build/build.ninja"
echo "CMAKE_HOME_DIRECTORY:INTERNAL=$tree" >"$build/CMakeCache.txt"
[[ $("$tree/hoststack" --version) == "ran --version" ]] || fail "it did not run"
[[ $(calls) == "ninja " ]] || fail "called: $(calls)"

# Help that nobody got is a wrong call, as everything that cannot be written.
status=0
"$tree/hoststack" help >/dev/full 2>&1 || status=$?
((status == 2)) || fail "help into a full device: $status"

# One that was copied from elsewhere is.
: >"$folder/calls"
echo "CMAKE_HOME_DIRECTORY:INTERNAL=/somewhere/else" >"$build/CMakeCache.txt"
said=$("$tree/hoststack" version 2>&1)
[[ $said == *"was made for /somewhere/else"* ]] || fail "said: $said"
[[ $(calls) == "cmake ninja " ]] || fail "called: $(calls)"
[[ ! -e $build/CMakeCache.txt ]] || fail "the old configuration is still there"

# Who may not write runs what is built. Root may write wherever the file system can be written.
as=()
if ((EUID == 0)); then
    command -v setpriv >/dev/null || exit 77
    as=(setpriv --reuid 65534 --regid 65534 --clear-groups)
    chmod 755 "$folder"
    "${as[@]}" test -x "$build/hoststack-cli" || exit 77
fi
chmod -R a+rX,a-w "$tree"
: >"$folder/calls"
said=$("${as[@]}" "$tree/hoststack" list 2>&1) || fail "said: $said"
[[ $said == *"running what is built"*"ran list"* ]] || fail "said: $said"
[[ -z $(calls) ]] || fail "called: $(calls)"
status=0
said=$("${as[@]}" "$tree/hoststack" build 2>&1) || status=$?
[[ $status == 3 && $said == *"cannot write"* ]] || fail "status $status, said: $said"
status=0
said=$("${as[@]}" "$tree/hoststack" bench 2>&1) || status=$?
[[ $status == 3 && $said == *"not built"* ]] || fail "status $status, said: $said"
