#!/usr/bin/env bash
# Makes one pinned Python environment per rival under benchmarks/peers/.venv-NAME, from PyPI.
# use: npm run bench:peers:install [-- NAME ...]     (all of environments/*.txt unless named; an existing one is kept)
# An environment that cannot be made is reported and left out; the benchmarks then skip its peers with one line.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
python=${PEER_PYTHON:-python3}
if [ $# -gt 0 ]; then names=("$@"); else names=($(cd "$here/environments" && ls -- *.txt | sed 's/\.txt$//')); fi
failed=()
for name in "${names[@]}"; do
  folder="$here/.venv-$name"
  [ -f "$folder/.complete" ] && { echo "$name: already there"; continue; }
  rm -rf "$folder"
  if "$python" -m venv "$folder" &&
    "$folder/bin/pip" install --quiet --disable-pip-version-check --requirement "$here/environments/$name.txt"; then
    touch "$folder/.complete"
    echo "$name: installed"
  else
    rm -rf "$folder"
    failed+=("$name")
  fi
done
[ ${#failed[@]} -eq 0 ] || { echo "not installed: ${failed[*]}"; exit 1; }
