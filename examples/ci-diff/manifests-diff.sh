#!/usr/bin/env bash
# Prints what the working tree changes in the manifests of the charts against a base revision.
#
# usage: manifests-diff.sh BASE_REVISION [CHART...]
#
# Exit status 0 when nothing changes, 1 when something does, 2 when a chart does not render.
# STATEFULCHART names the binary (default: statefulchart).
set -euo pipefail

base=${1:?usage: manifests-diff.sh BASE_REVISION [CHART...]}
shift
charts=("$@")
if [ ${#charts[@]} -eq 0 ]; then
    charts=(charts/*/)
fi
binary=${STATEFULCHART:-statefulchart}

work=$(mktemp -d)
trap 'git worktree remove --force "$work/base" >/dev/null 2>&1 || true; rm -rf "$work"' EXIT
git worktree add --quiet --detach "$work/base" "$base"

mkdir "$work/old" "$work/new"
for chart in "${charts[@]}"; do
    name=$(basename "$chart")
    : >"$work/old/$name.yaml"
    : >"$work/new/$name.yaml"
    if [ -f "$work/base/$chart/Chart.yaml" ]; then
        "$binary" template "$name" "$work/base/$chart" >"$work/old/$name.yaml" || exit 2
    fi
    if [ -f "$chart/Chart.yaml" ]; then
        "$binary" template "$name" "$chart" >"$work/new/$name.yaml" || exit 2
    fi
done

cd "$work"
diff --unified --recursive old new
