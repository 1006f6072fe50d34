#!/bin/sh
# root.sh PROGRAM NAME FOLDER LICENCES: lays out all files of an image below FOLDER: the program as
# /NAME, the libraries that it is linked to with their loader, certificate authorities, and the
# licence texts of what is inside the program. The Dockerfile and
# tests/e2e/image_test.ts use it.
set -eu
program=$1 name=$2 folder=$3 licences=$4

install -D -m 755 "$program" "$folder/$name"
install -D -m 644 /etc/ssl/certs/ca-certificates.crt "$folder/etc/ssl/certs/ca-certificates.crt"
install -D -m 644 "$licences" "$folder/usr/share/doc/tsmetrics/copyright"
libraries=$(ldd "$program" | grep -o '/[^ ]*')
for library in $libraries; do
  install -D -m 755 "$library" "$folder$library"
done
