#!/usr/bin/env bash
# Builds the native neural backend (@tensorflow/tfjs-node) where its vendor's download is blocked or too old: compiles the
# package's own binding against the TensorFlow libraries inside the PyPI package tensorflow-cpu.
#
#   scripts/build-native-backend.sh            builds into $TABVEIL_NATIVE, default ~/.cache/tabveil-native
#
# Needs Linux x64, node with npm, python3 with pip, g++ and make; about 1.7 GB of disk while it runs, 1.2 GB after, and some
# minutes. Running it again does nothing when the backend there already works. Proven with TensorFlow 2.21 and Node 20.
set -euo pipefail

TFJS_NODE=4.22.0
TENSORFLOW=2.21.0
NAPI=8
NEEDED_MB=1800
ROOT=$(cd "$(dirname "$0")/.." && pwd)
TARGET=${TABVEIL_NATIVE:-$HOME/.cache/tabveil-native}
PACKAGE=$TARGET/node_modules/@tensorflow/tfjs-node

say() { echo "native backend: $*" >&2; }
stop() { say "$*"; exit 1; }

# Multiplies two matrices with what was built; the same test decides at run time.
works() {
  TF_CPP_MIN_LOG_LEVEL=2 node -e "
    const tf = require(process.argv[1]);
    const product = tf.matMul(tf.tensor2d([1, 2, 3, 4], [2, 2]), tf.tensor2d([5, 6, 7, 8], [2, 2]));
    process.exit(tf.getBackend() === 'tensorflow' && product.dataSync().join() === '19,22,43,50' ? 0 : 1);
  " "$PACKAGE" >/dev/null 2>&1
}

check_machine() {
  [ "$(uname -sm)" = 'Linux x86_64' ] || stop "this machine is $(uname -sm); the libraries are for Linux x86_64."
  for program in node npm python3 g++ make; do
    command -v "$program" >/dev/null || stop "$program was not found; install it and run this again."
  done
  python3 -m pip --version >/dev/null 2>&1 || stop 'python3 has no pip; install it and run this again.'
  mkdir -p "$TARGET"
  local free
  free=$(df -Pm "$TARGET" | awk 'NR == 2 { print $4 }')
  [ "$free" -ge "$NEEDED_MB" ] || stop "$TARGET has $free MB free, $NEEDED_MB are needed; set TABVEIL_NATIVE to another folder."
}

# The package without its install script, which would download.
install_package() {
  [ -f "$TARGET/package.json" ] || echo '{ "name": "tabveil-native", "private": true }' >"$TARGET/package.json"
  [ "$(node -p "require('$PACKAGE/package.json').version" 2>/dev/null)" = "$TFJS_NODE" ] && return
  say "installing @tensorflow/tfjs-node $TFJS_NODE without its scripts"
  npm install --prefix "$TARGET" --ignore-scripts --no-audit --no-fund --loglevel=error "@tensorflow/tfjs-node@$TFJS_NODE" >&2 ||
    stop 'npm could not install the package; see above.'
}

# Headers and the two libraries out of the wheel; the wheel is removed afterwards.
fetch_libraries() {
  local tensorflow=$TARGET/tensorflow-$TENSORFLOW
  if [ ! -f "$tensorflow/complete" ]; then
    say "downloading tensorflow-cpu $TENSORFLOW from PyPI (about 270 MB)"
    rm -rf "$TARGET/wheel" "$tensorflow"
    python3 -m pip download --quiet --no-deps --only-binary=:all: --dest "$TARGET/wheel" "tensorflow-cpu==$TENSORFLOW" ||
      stop "pip found no tensorflow-cpu $TENSORFLOW for this python ($(python3 --version)); 3.10 to 3.13 have it."
    python3 - "$TARGET/wheel" "$tensorflow" <<'PY'
import pathlib, sys, zipfile
wheel, target = next(pathlib.Path(sys.argv[1]).glob('*.whl')), sys.argv[2]
kept = ('tensorflow/libtensorflow_cc.so.2', 'tensorflow/libtensorflow_framework.so.2', 'tensorflow/include/')
with zipfile.ZipFile(wheel) as archive:
    archive.extractall(target, [name for name in archive.namelist() if name.startswith(kept)])
PY
    touch "$tensorflow/complete"
    rm -rf "$TARGET/wheel"
  fi
  mkdir -p "$PACKAGE/deps/lib"
  ln -sfn "$tensorflow/tensorflow/include" "$PACKAGE/deps/include"
  local library
  for library in libtensorflow_cc.so.2 libtensorflow_framework.so.2; do
    ln -sfn "$tensorflow/tensorflow/$library" "$PACKAGE/deps/lib/$library"
  done
  # The binding links -ltensorflow; the C interface lives in the library of the C++ one.
  ln -sfn libtensorflow_cc.so.2 "$PACKAGE/deps/lib/libtensorflow.so"
  ln -sfn libtensorflow_framework.so.2 "$PACKAGE/deps/lib/libtensorflow_framework.so"
}

compile_binding() {
  local gyp
  gyp=$(node -p "require.resolve('node-gyp/bin/node-gyp.js', { paths: [require('node:path').dirname(require('node:child_process').execSync('npm root -g').toString().trim()) + '/node_modules/npm'] })" 2>/dev/null) ||
    stop 'npm brings no node-gyp; reinstall npm.'
  say 'compiling the binding'
  # Where the headers of node are on this machine no download is needed.
  local headers
  headers=$(node -p "require('node:path').resolve(process.execPath, '../..')")
  (cd "$PACKAGE" && node "$gyp" rebuild "--napi_build_version=$NAPI" --module_name=tfjs_binding \
    "--module_path=$PACKAGE/lib/napi-v$NAPI" --build_v8_with_gn=false \
    $([ -f "$headers/include/node/node_api.h" ] && echo "--nodedir=$headers") >"$TARGET/build.log" 2>&1) ||
    stop "the binding did not compile; see $TARGET/build.log."
}

if works; then
  say "already built in $TARGET"
  exit 0
fi
check_machine
install_package
fetch_libraries
compile_binding
works || stop "the binding was built but does not multiply correctly; see $TARGET/build.log."
say "ready in $TARGET; Tabveil uses it from now on."
[ "$TARGET" = "$HOME/.cache/tabveil-native" ] || say "set TABVEIL_NATIVE=$TARGET where you run Tabveil."
