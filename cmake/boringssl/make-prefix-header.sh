#!/bin/sh
# Writes the header that gives every BoringSSL symbol our prefix, from a build made without it
# (cmake -DBORINGSSL_PREFIXED=OFF). Run it again when the version in fetch.sh changes.
# usage: make-prefix-header.sh libssl.a libcrypto.a > prefix/boringssl_prefix_symbols.h
set -eu
echo '// Made by make-prefix-header.sh: the symbols of BoringSSL 14.0.0+r45, each renamed.'
echo '#define BORINGSSL_ADD_PREFIX(a, b) BORINGSSL_ADD_PREFIX_INNER(a, b)'
echo '#define BORINGSSL_ADD_PREFIX_INNER(a, b) a ## _ ## b'
nm --defined-only --extern-only "$@" 2>/dev/null |
  awk 'NF == 3 && $2 ~ /^[TDBRVWCG]$/ && $3 !~ /^_Z/ && $3 !~ /^_?OPENSSL_memory_/ {print $3}' | sort -u |
  awk '{print "#define " $1 " BORINGSSL_ADD_PREFIX(BORINGSSL_PREFIX, " $1 ")"}'
