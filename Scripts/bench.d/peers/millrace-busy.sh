# Millrace with `ingress: auto` and `polling: busy`.
# shellcheck shell=bash disable=SC2034,SC2154
source "$bench/peers/millrace.sh"
ingress=auto polling=busy xdp=none
title="Millrace, busy"
settings="as millrace, with ingress: auto, polling: busy"
