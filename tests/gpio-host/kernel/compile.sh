#!/usr/bin/env bash
# compile.sh <source.tar.xz> <folder> <jobs>: unpacks, patches and compiles below <folder>; the
# kernel is <folder>/linux. Everything that is in this file decides what comes out.
set -euo pipefail
export LC_ALL=C

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
archive=$1
folder=$2
jobs=$3
source="$folder/source"
objects="$folder/objects"

mkdir -p "$source" "$objects"
# Two thirds of the files are drivers and processors that a kernel in a process never has.
tar -xJf "$archive" -C "$source" --strip-components=1 \
    --exclude='linux-source-*/arch/[!ux]*.[chS]' --exclude='*/boot/dts/*' \
    --exclude='*/Documentation/*/*' --exclude='*/tools/testing/*' --exclude='*/tools/perf/*' \
    --exclude='*/drivers/gpu/*.[ch]' --exclude='*/drivers/net/*/*.[ch]' \
    --exclude='*/drivers/media/*.[ch]' --exclude='*/drivers/scsi/*.[ch]' \
    --exclude='*/drivers/staging/*.[ch]' --exclude='*/sound/*.[ch]'
patch -d "$source" -p1 <"$here/interrupts.patch"

# The same sources give the same kernel, whoever builds it and when.
export KBUILD_BUILD_USER=gpio-host KBUILD_BUILD_HOST=gpio-host KBUILD_BUILD_TIMESTAMP=@1
build=(make -C "$source" "O=$objects" ARCH=um)
"${build[@]}" KCONFIG_ALLCONFIG="$here/config" allnoconfig
lost=0
while read -r wish; do
    if ! grep -qxF "$wish" "$objects/.config"; then
        echo "the kernel's sources do not take $wish" >&2
        lost=1
    fi
done < <(grep -E '^CONFIG_' "$here/config")
[ "$lost" -eq 0 ]
"${build[@]}" -j "$jobs" linux
strip -o "$folder/linux" "$objects/linux"
