#!/usr/bin/env bash
# Makes one pinned Python environment per rival under benchmarks/peers/.venv-NAME, from PyPI.
# use: npm run bench:peers:install [-- NAME ...]     (all of environments/*.txt unless named; an existing one is kept)
# A file whose first line is "# python 3.12" needs that version: PEER_PYTHON_3_12, or python3.12 on the path, or pyenv's.
# Elsewhere it is PEER_PYTHON, or python3.
# An environment that cannot be made is reported and left out; the benchmarks then skip its peers with one line.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)

# The interpreter that an environment file asks for.
interpreter() {
  local version variable found
  version=$(sed -n '1s/^# python //p' "$1")
  [ -z "$version" ] && { echo "${PEER_PYTHON:-python3}"; return; }
  variable="PEER_PYTHON_${version/./_}"
  found=$(ls -d "$HOME/.pyenv/versions/$version".*/bin/python 2>/dev/null | tail -n 1)
  if [ -n "${!variable:-}" ]; then echo "${!variable}"
  elif "python$version" --version >/dev/null 2>&1; then echo "python$version"
  else echo "${found:-python$version}"
  fi
}

if [ $# -gt 0 ]; then names=("$@"); else names=($(cd "$here/environments" && ls -- *.txt | sed 's/\.txt$//')); fi
failed=()
for name in "${names[@]}"; do
  folder="$here/.venv-$name"
  [ -f "$folder/.complete" ] && { echo "$name: already there"; continue; }
  rm -rf "$folder"
  python=$(interpreter "$here/environments/$name.txt")
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
