#!/bin/sh
# Compiles the package as Unity would, one assembly after the other, and the checks; warnings are errors.
# build.sh PACKAGE OUT
set -eu
package=$1 out=$2 here=$(cd "$(dirname "$0")" && pwd)
compile() { mcs -nologo -langversion:7 -warn:4 -warnaserror -nowarn:649,169,414 "$@"; }
compile -target:library "-out:$out/UnityEngine.dll" "$here/UnityEngine.cs"
compile -target:library "-out:$out/UnityEditor.dll" "-r:$out/UnityEngine.dll" "$here/UnityEditor.cs"
compile -target:library "-out:$out/Rigdriver.Runtime.dll" "-r:$out/UnityEngine.dll" "$package"/Runtime/*.cs
compile -target:library "-out:$out/Rigdriver.Editor.dll" "-r:$out/UnityEngine.dll" "-r:$out/UnityEditor.dll" \
    "-r:$out/Rigdriver.Runtime.dll" "$package"/Editor/*.cs
if [ -f "$here/Check.cs" ]; then
    compile -target:exe "-out:$out/Check.exe" "-r:$out/UnityEngine.dll" "-r:$out/UnityEditor.dll" \
        "-r:$out/Rigdriver.Runtime.dll" "-r:$out/Rigdriver.Editor.dll" -r:System.Core.dll "$here/Check.cs"
fi
