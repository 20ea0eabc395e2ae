#!/bin/sh
# Compile and simulate one device with the pack in this folder: run.sh DEVICE [PLUSARGS]
# PROFILE_DIR holds the device's own profile.svh; the default is that of fxcaps-hardware.
set -e
rtl=$(cd "$(dirname "$0")" && pwd)
device=$1
shift
iverilog -g2012 -I . -I "${PROFILE_DIR:-$rtl}" -o "sim_$device" -s "tb_$device" \
    "$rtl"/fx*.sv "$rtl/$device.sv" "$rtl/tb_$device.sv"
exec vvp -n "sim_$device" "$@"
