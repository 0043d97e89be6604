#!/usr/bin/env bash
# Prints what the working tree changes in the manifests of the charts against a base revision.
#
# usage: manifests-diff.sh BASE_REVISION [-f VALUES_FILE]... [CHART...]
#
# Charts and values files are named from where the script is called; without a chart it takes all below charts/ of the
# repository, at either side. A values file is read as each side has it, a new one at both. Exit status 0 when nothing
# changes, 1 when something does, 2 when something is not there or a chart does not render.
# STATEFULCHART names the binary (default: statefulchart).
set -euo pipefail

fail() {
    echo "$*" >&2
    exit 2
}

base=${1:?usage: manifests-diff.sh BASE_REVISION [-f VALUES_FILE]... [CHART...]}
shift
files=() charts=() paths=()
while [ $# -gt 0 ]; do
    case $1 in
    -f | --values)
        files+=("${2:?$1 needs a file}")
        shift 2
        ;;
    -*) fail "unknown option: $1" ;;
    *)
        charts+=("${1%/}")
        shift
        ;;
    esac
done
binary=${STATEFULCHART:-statefulchart}
root=$(git rev-parse --show-toplevel)
here=$(git rev-parse --show-prefix)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/base" "$work/old" "$work/new"
# No work tree of git: there is nothing to take back when this is interrupted.
git -C "$root" archive --format=tar "$base" -o "$work/base.tar" || fail "no such revision: $base"
tar -xf "$work/base.tar" -C "$work/base"

# The path of a file or folder in the repository, which one side may not have.
within() {
    local folder name
    folder=$(dirname "$1") name=/$(basename "$1")
    [ ! -d "$1" ] || { folder=$1 name=; }
    if [ -d "$folder" ]; then
        folder=$(cd "$folder" && pwd -P)$name
        case $folder in
        "$root"/*) echo "${folder#"$root"/}" ;;
        *) fail "not below this repository's folder: $1" ;;
        esac
    else
        echo "$here$1"
    fi
}

if [ ${#charts[@]} -eq 0 ]; then
    while IFS= read -r chart; do
        paths+=("$chart")
    done < <({ cd "$root" && ls -d charts/*/; cd "$work/base" && ls -d charts/*/; } 2>/dev/null | sed 's,/$,,' | sort -u)
    [ ${#paths[@]} -gt 0 ] || fail "no charts below charts/"
else
    for chart in "${charts[@]}"; do
        path=$(within "$chart")
        paths+=("$path")
    done
fi
old=() new=()
for file in ${files[@]+"${files[@]}"}; do
    path=$(within "$file")
    [ -f "$root/$path" ] || [ -f "$work/base/$path" ] || fail "no such values file: $file"
    for side in old new; do
        top=$root other=$work/base
        [ "$side" = new ] || { top=$work/base other=$root; }
        [ -f "$top/$path" ] || top=$other
        [ "$side" = new ] && new+=(-f "$top/$path") || old+=(-f "$top/$path")
    done
done

# render TOP PATH SIDE [FLAG...]: nothing where this side has no such chart.
render() {
    local top=$1 path=$2 side=$3
    shift 3
    mkdir -p "$work/$side/$(dirname "$path")"
    if [ -f "$top/$path/Chart.yaml" ]; then
        "$binary" template "$(basename "$path")" "$top/$path" "$@" >"$work/$side/$path.yaml" || fail "$side: $path does not render"
    else
        : >"$work/$side/$path.yaml"
    fi
}

for path in "${paths[@]}"; do
    [ -f "$root/$path/Chart.yaml" ] || [ -f "$work/base/$path/Chart.yaml" ] || fail "no such chart: $path"
    render "$work/base" "$path" old ${old[@]+"${old[@]}"}
    render "$root" "$path" new ${new[@]+"${new[@]}"}
done

cd "$work"
diff --unified --recursive old new
