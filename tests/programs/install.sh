#!/bin/sh
# Installs the real programs that tests/programs run our files through: Node with the packages of package.json, Chromium,
# Blender, Godot 3 and assimp; PulseAudio, as a microphone; and the synthesisers that training speaks with. For a bare
# Debian 12, as root; whatever is there already stays.
#   sh install.sh bpy      instead: Blender 4.2, 4.5 and 5.0 as Python modules (3 GB), for `pytest -m bpy`; Python 3.11
set -eu
here=$(cd "$(dirname "$0")" && pwd)

if [ "${1:-}" = bpy ]; then
    for version in 4.2.23 4.5.15 5.0.1; do
        [ -x "$here/.venv/$version/bin/python" ] || python3 -m venv "$here/.venv/$version"
        "$here/.venv/$version/bin/pip" install --quiet --disable-pip-version-check "bpy==$version"
    done
    exit
fi

missing=""
command -v node >/dev/null || missing="$missing nodejs"
command -v npm >/dev/null || missing="$missing npm"
command -v oscdump >/dev/null || missing="$missing liblo-tools"  # hears the OSC that we send
command -v pulseaudio >/dev/null || missing="$missing pulseaudio pulseaudio-utils"  # a microphone that nobody holds
[ -d /usr/share/doc/libportaudio2 ] || missing="$missing libportaudio2"
[ -d /usr/share/doc/libasound2-plugins ] || missing="$missing libasound2-plugins"
command -v chromium >/dev/null || missing="$missing chromium"
command -v blender >/dev/null || missing="$missing blender"
command -v mcs >/dev/null || missing="$missing mono-mcs"  # C# for plugins/unity; its mono runs what it compiles
command -v xvfb-run >/dev/null || missing="$missing xvfb xauth"  # a screen for Blender with a window
command -v godot3-server >/dev/null || missing="$missing godot3-server"
command -v assimp >/dev/null || missing="$missing assimp-utils"
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
