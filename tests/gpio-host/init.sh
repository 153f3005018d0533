#!/bin/bash
# The first process in the machine. The kernel puts `gpio_host`, the host's folder for this run,
# into the environment, and the root is the host's own, read-only.
set -euo pipefail
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
run=${gpio_host:?}

power_off() {
    sync
    # Opening it once more waits until what was written to it has left the machine.
    stty -F /dev/ttyS0 >/dev/null 2>&1 || true
    echo o >/proc/sysrq-trigger
    sleep 60
}

# The kernel panics when its first process ends, and would say nothing about why.
trap 'echo "init.sh stopped at line $LINENO" >&2; power_off' EXIT

# One mount takes 20 ms to start, so as many as possible by one.
mount -t proc proc /proc
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p /run/changes /run/work /run/root
# What is written to the machine's files stays in memory.
mount -t overlay -o lowerdir=/,upperdir=/run/changes,workdir=/run/work overlay /run/root
cd /run/root
mkdir -p proc sys dev run tmp oldroot
cat >/run/fstab <<FSTAB
proc     /run/root/proc              proc     defaults  0 0
sysfs    /run/root/sys               sysfs    defaults  0 0
devtmpfs /run/root/dev               devtmpfs defaults  0 0
devpts   /run/root/dev/pts           devpts   X-mount.mkdir 0 0
tmpfs    /run/root/dev/shm           tmpfs    X-mount.mkdir 0 0
tmpfs    /run/root/run               tmpfs    mode=755  0 0
tmpfs    /run/root/tmp               tmpfs    mode=1777 0 0
configfs /run/root/sys/kernel/config configfs defaults  0 0
hostfs   /run/root/run/host          hostfs   X-mount.mkdir 0 0
FSTAB
mount --all --fstab /run/fstab
ln -sf /proc/self/fd dev/fd
ln -sf /proc/self/fd/0 dev/stdin
ln -sf /proc/self/fd/1 dev/stdout
ln -sf /proc/self/fd/2 dev/stderr

# /tmp and /run are the machine's own, so what lies there on the host is shown again by name.
mkdir -p run/gpio-host
mount --bind "run/host$run" run/gpio-host
while read -r kind folder; do
    mkdir -p ".$folder"
    case $kind in
        read) mount --bind "$folder" ".$folder" ;;
        write) mount --bind "run/host$folder" ".$folder" ;;
    esac
done <"$run/folders"
umount run/host
rmdir run/host
pivot_root . oldroot
umount -l /oldroot
cd /
run=/run/gpio-host

ip link set lo up
hostname gpio-host

# A watchdog that fires resets the machine: then the command is not run again unless that was asked.
boots=$(($(<"$run/boots") + 1))
echo "$boots" >"$run/boots"
if [ "$boots" -gt 1 ] && [ ! -e "$run/goes-on-after-reset" ]; then
    echo 123 >"$run/status"
    power_off
fi

# As the host's pipes and files: no translation, no echo, and open as long as we are.
exec 6<>/dev/ttyS0 7<>/dev/ttyS1 8<>/dev/ttyS2
for line in 0 1 2; do
    stty raw -echo -F "/dev/ttyS$line"
done

if [ -e "$run/systemd" ]; then
    [ -s /etc/machine-id ] || echo 0123456789abcdef0123456789abcdef >/etc/machine-id
    mkdir -p /run/systemd/system
    ln -s /dev/null /run/systemd/system/getty.target
    cat >/run/systemd/system/gpio-host.target <<'UNIT'
[Unit]
Requires=multi-user.target gpio-host.service
After=multi-user.target
AllowIsolate=yes
UNIT
    cat >/run/systemd/system/gpio-host.service <<UNIT
[Unit]
After=multi-user.target
[Service]
Type=exec
Environment="PATH=$PATH" boots=$boots
ExecStart=/bin/bash "$(<"$run/tools")/main.sh"
StandardInput=null
UNIT
    exec /lib/systemd/systemd --unit=gpio-host.target </dev/null >/dev/console 2>&1
fi

boots=$boots setsid bash "$(<"$run/tools")/main.sh" </dev/null || true
power_off
