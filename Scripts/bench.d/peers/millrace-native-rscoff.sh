# Millrace with `ingress: native`, joining no segments.
# shellcheck shell=bash disable=SC2034,SC2154
source "$bench/peers/millrace.sh"
ingress=native xdp=native rsc=off
title="Millrace, native, rsc: off"
settings="as millrace, with ingress: native, rsc: off"
