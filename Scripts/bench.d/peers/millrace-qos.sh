# Millrace with bandwidth management: maximums and classes that no case comes near.
# shellcheck shell=bash disable=SC2034,SC2154
source "$bench/peers/millrace.sh"
qos=", qos: {weight: 50, maximum: {in: 100Gbit, out: 100Gbit}}, classes: [{name: voice, match: {dscp: 46}, weight: 20}]"
title="Millrace, bandwidth management on"
settings="as Millrace; each port with a weight, maximums of 100 Gbit/s and a class by DSCP"
