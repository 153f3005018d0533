#!/usr/bin/env bash
# A file system that is frozen holds every writer until it thaws.
set -euo pipefail
truncate -s 8M /tmp/disk
mkfs.ext2 -q /tmp/disk
mkdir -p /tmp/mounted
mount -o loop /tmp/disk /tmp/mounted
fsfreeze --freeze /tmp/mounted
touch /tmp/mounted/record &
writer=$!
# It is in the kernel and cannot be woken: D.
until read -r _ _ state _ <"/proc/$writer/stat" && [ "$state" = D ]; do
    kill -0 "$writer"
done
[ ! -e /tmp/mounted/record ]
fsfreeze --unfreeze /tmp/mounted
wait "$writer"
[ -e /tmp/mounted/record ]
umount /tmp/mounted
