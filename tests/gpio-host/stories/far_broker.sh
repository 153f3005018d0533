#!/usr/bin/env bash
# Between two namespaces the network is as slow as it is told to be, and ends when it is cut.
set -euo pipefail
ip netns add far
ip link add near type veth peer name away netns far
ip addr add 10.0.0.1/24 dev near
ip link set near up
ip -n far addr add 10.0.0.2/24 dev away
ip -n far link set away up
ip -n far link set lo up
printf 'listener 1883 10.0.0.2\nallow_anonymous true\n' >/tmp/broker.conf
ip netns exec far mosquitto -c /tmp/broker.conf &
tc qdisc add dev near root netem delay 200ms
until mosquitto_pub -h 10.0.0.2 -t locker/door/1 -m open -q 1 -r; do
    kill -0 "$!"
done
[ "$(mosquitto_sub -h 10.0.0.2 -t 'locker/#' -C 1 -W 20)" = open ]
ip link set near down
! timeout 20 mosquitto_pub -h 10.0.0.2 -t locker/door/1 -m closed
