#!/usr/bin/env bash
# pack_chart.sh VERSION FOLDER — packages the Helm chart of a release into FOLDER. The chart puts a
# "v" before its appVersion to get the tag of the image, so both versions have none.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
version=${1:?usage: pack_chart.sh VERSION FOLDER} folder=${2:?usage: pack_chart.sh VERSION FOLDER}
helm package deploy/helm --version "$version" --app-version "$version" --destination "$folder"
