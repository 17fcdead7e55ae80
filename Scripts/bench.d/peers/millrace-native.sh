# Millrace with `ingress: native` and `polling: adaptive`.
# shellcheck shell=bash disable=SC2034,SC2154
source "$bench/peers/millrace.sh"
ingress=native polling=adaptive xdp=native
title="Millrace, native"
settings="as millrace, with ingress: native, polling: adaptive"
