#!/bin/sh
# Installs the real programs that tests/programs run our files through: Node with gltf-validator, three.js and
# puppeteer-core, Chromium and Blender; and the synthesisers that training speaks with. For a bare Debian 12, as root;
# whatever is there already stays.
set -eu
here=$(cd "$(dirname "$0")" && pwd)

missing=""
command -v node >/dev/null || missing="$missing nodejs"
command -v npm >/dev/null || missing="$missing npm"
command -v oscdump >/dev/null || missing="$missing liblo-tools"  # hears the OSC that we send
command -v chromium >/dev/null || missing="$missing chromium"
command -v blender >/dev/null || missing="$missing blender"
# synthesisers, for tests of training: three ways to speak with phone times
command -v espeak-ng >/dev/null || missing="$missing espeak-ng"
command -v flite >/dev/null || missing="$missing flite"
[ -d /usr/share/festival/voices/us/cmu_us_slt_arctic_hts ] || missing="$missing festival festlex-cmu festlex-poslex\
 festvox-kallpc16k festvox-kdlpc16k festvox-us-slt-hts"
# Debian's Blender runs on the system's Python, and its glTF importer needs NumPy there
/usr/bin/python3 -c 'import numpy' 2>/dev/null || missing="$missing python3-numpy"
if [ -n "$missing" ]; then
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -q
    # shellcheck disable=SC2086  # a list of words
    apt-get install -q -y --no-install-recommends $missing
fi

cd "$here"
npm install --no-package-lock --no-audit --no-fund --ignore-scripts --loglevel=error
