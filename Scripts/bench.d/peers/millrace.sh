# Millrace as it comes: on a veth, `auto` takes super-frames whole (generic XDP); the worker sleeps when idle.
# shellcheck shell=bash disable=SC2034,SC2154
ingress=auto polling=adaptive rsc=on qos=
title="Millrace"
settings="workers: [1], ingress: auto, polling: adaptive; veths as made: all offloads on"

start() {
  cat >switch.yaml <<-YAML
	switch: {workers: [1], steering: vmq+vrss, polling: $polling}
	ports:
	  - {name: p0, netdev: p0, ingress: $ingress, rsc: $rsc, mac: "$mac_a"$qos}
	  - {name: p1, netdev: p1, ingress: $ingress, rsc: $rsc, mac: "$mac_b"$qos}
	YAML
  "${s[@]}" "$millrace" run switch.yaml --socket "$PWD/control.sock" --state "$PWD/state" >switch.log 2>&1 &
  wait_for switch.log
}
