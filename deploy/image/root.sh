#!/bin/sh
# root.sh PROGRAM NAME FOLDER: lays out all files of an image below FOLDER: the program as /NAME, the
# libraries that it is linked to with their loader, and certificate authorities. The Dockerfile and
# tests/e2e/image_test.ts use it.
set -eu
program=$1 name=$2 folder=$3

install -D -m 755 "$program" "$folder/$name"
install -D -m 644 /etc/ssl/certs/ca-certificates.crt "$folder/etc/ssl/certs/ca-certificates.crt"
libraries=$(ldd "$program" | grep -o '/[^ ]*')
for library in $libraries; do
  install -D -m 755 "$library" "$folder$library"
done
