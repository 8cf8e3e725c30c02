#!/bin/sh
# The first process of a lab host, in its own network, host name, process ids and mounts. It says "here" when these exist, waits for
# its cable, and becomes the host's sshd. A killed first process is a node without power: the kernel ends all others.
#   host.sh LAB_FOLDER NUMBER SUBNET CHECKOUT
set -eu
lab=$1 number=$2 subnet=$3 checkout=$4

hostname "lab-$number"
# What several machines share is the checkout and the lab's own folder; /tmp, /var/tmp, /run and /dev/shm are each machine's own.
mount --bind "$checkout" "$lab/checkout"
mount -t tmpfs -o mode=1777,size=128m lab-tmp /tmp
mount -t tmpfs -o mode=1777,size=64m lab-var-tmp /var/tmp
mount -t tmpfs -o mode=0755 lab-run /run
mount -t tmpfs -o mode=1777 lab-shm /dev/shm
mkdir -p /run/sshd "$checkout"
mount --move "$lab/checkout" "$checkout" 2>/dev/null || mount --bind "$lab/checkout" "$checkout"
mount --bind "$lab/hosts" /etc/hosts
# What somebody's shell does at its start (version managers take locks in the home folder) is no part of these machines.
for startup in .bashrc .bash_profile .bash_login .profile .zshenv; do
  if [ -e "/root/$startup" ]; then mount --bind /dev/null "/root/$startup"; fi
done

echo here
read -r _
ip link set lo up
ip address add "10.77.$subnet.$number/24" dev eth0
ip -6 address add "fd77:$subnet::$number/64" dev eth0 nodad 2>/dev/null || true
ip link set eth0 up
exec /usr/sbin/sshd -D -e -f "$lab/host-$number/sshd_config" </dev/null >"$lab/host-$number/sshd.log" 2>&1
