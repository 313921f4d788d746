#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The first process of a kernel in virtual time: runs one command, writes what came of it to the folder
# that is the caller's, and switches the kernel off. The host's files are there, but cannot be written.

export PATH=/usr/sbin:/usr/bin:/sbin:/bin
# The host's own belongs to root, which in a user's namespace is somebody else, and takes that one's rights.
mount() {
  "$hoststack_out/mount" "$@"
}
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t tmpfs tmpfs /run
mkdir /run/out
mount -t hostfs -o "$hoststack_out" none /run/out
export HOME=/run TMPDIR=/run HOSTSTACK_VIRTUAL_TIME=1
# Into high resolution: the first tick is over.
sleep 0.02
sleep "$hoststack_phase"
[ -z "$hoststack_tcp_mem" ] || echo "$hoststack_tcp_mem" | tr , ' ' >/proc/sys/net/ipv4/tcp_mem
sh /run/out/command >/run/out/output 2>/run/out/errors </dev/null
echo $? >/run/out/status
echo o >/proc/sysrq-trigger
sleep 60
