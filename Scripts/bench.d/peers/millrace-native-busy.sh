# Millrace with `ingress: native` and `polling: busy`.
# shellcheck shell=bash disable=SC2034,SC2154
source "$bench/peers/millrace.sh"
ingress=native polling=busy xdp=native
title="Millrace, native, busy"
settings="as millrace, with ingress: native, polling: busy"
