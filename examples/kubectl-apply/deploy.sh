#!/usr/bin/env bash
# Deploys a chart with kubectl in the order in which Helm would: namespace, CRDs, hooks before, manifest, hooks after.
#
# usage: deploy.sh [--upgrade] [--timeout SECONDS] NAME CHART [flags of `statefulchart install`: -f, --set, -n ...]
#
# The chart is rendered once, so that hooks and manifest agree where templates make random values. With --upgrade the
# hooks are those of an upgrade. A hook that is a Job or a Pod is waited for; when one fails, nothing after it is
# applied. Workloads are waited for before the hooks that come after. CHART is a folder or an archive; --no-hooks and
# --skip-crds leave hooks and CRDs out. Exit status: 0 when all is ready, 1 otherwise.
# STATEFULCHART names the binary (default: statefulchart), KUBECTL kubectl. Needs jq.
set -euo pipefail

fail() {
    echo "deploy.sh: $*" >&2
    exit 1
}

verb=install timeout=300
while [ $# -gt 0 ]; do
    case $1 in
    --upgrade) verb=upgrade && shift ;;
    --timeout) timeout=${2:?--timeout needs seconds} && shift 2 ;;
    *) break ;;
    esac
done
usage="usage: deploy.sh [--upgrade] [--timeout SECONDS] NAME CHART [FLAGS]"
name=${1:?$usage} chart=${2:?$usage}
shift 2
[[ $timeout =~ ^[0-9]+$ ]] || fail "--timeout takes a number of seconds, not $timeout"
[ -e "$chart" ] || fail "no such chart: $chart (statefulchart pull fetches one)"
hooks=true crds=true flags=()
for flag in "$@"; do
    case $flag in
    --no-hooks) hooks=false ;;
    --skip-crds) crds=false ;;
    *) flags+=("$flag") ;;
    esac
done
set -- ${flags[@]+"${flags[@]}"}
binary=${STATEFULCHART:-statefulchart}

umask 077
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# Everything is rendered before the cluster is touched: a chart that does not render changes nothing.
if [ "$verb" = upgrade ]; then
    "$binary" upgrade --install "$name" "$chart" --dry-run -o json "$@" >"$work/release.json"
else
    "$binary" install "$name" "$chart" --dry-run -o json "$@" >"$work/release.json"
fi
# Those of subcharts that are disabled are left out, as by Helm.
: >"$work/crds.yaml"
if $crds; then
    "$binary" template "$name" "$chart" --include-crds --no-hooks "$@" |
        awk '/^# Source: /{keep = /^# Source: [^\/]+\/(charts\/[^\/]+\/)*crds\//} keep' >"$work/crds.yaml"
fi
namespace=$(jq -r .namespace "$work/release.json")
jq -r '.manifest // ""' "$work/release.json" >"$work/manifest.yaml"
# An object that names a namespace goes there, all others to the release's: kubectl takes --namespace for all of them,
# and only that of a context for a default. Without a kubeconfig, as in a pod, it is for all.
kubectl=("${KUBECTL:-kubectl}")
if "${kubectl[@]}" config view --raw --minify --flatten >"$work/kubeconfig" 2>/dev/null; then
    kubectl+=(--kubeconfig "$work/kubeconfig")
    "${kubectl[@]}" config set-context --current --namespace "$namespace" >/dev/null
else
    kubectl+=(--namespace "$namespace")
fi

# Prints a word for how the hook at hand stands: done, failed, or nothing yet.
state() {
    local object=$1
    case $object in
    job/*) "${kubectl[@]}" get -f "$work/hook.yaml" -o json |
        jq -r '[.status.conditions[]? | select(.status == "True") | .type]
            | if index("Complete") then "done" elif index("Failed") then "failed" else "" end' ;;
    pod/*) "${kubectl[@]}" get -f "$work/hook.yaml" -o json |
        jq -r '{Succeeded: "done", Failed: "failed"}[.status.phase // ""] // ""' ;;
    *) echo "done" ;;
    esac
}

# Prints the kind, name and namespace of each workload in the manifest that can be waited for. With OnDelete pods are
# replaced when somebody deletes them: there is nothing to wait for.
workloads() {
    "${kubectl[@]}" get -f "$work/manifest.yaml" -o json |
        jq -r 'if has("items") then .items[] else . end
            | select(.kind | IN("Deployment", "DaemonSet", "StatefulSet"))
            | select(.spec.updateStrategy.type != "OnDelete")
            | "\(.kind | ascii_downcase)/\(.metadata.name) \(.metadata.namespace)"'
}

# Runs the hooks of an event, by weight, then by name.
run_hooks() {
    local event=$1 count hook object policies now end
    $hooks || return 0
    jq --arg event "$event" '[.hooks[]? | select(.events | index($event))] | sort_by(.weight // 0, .name)' \
        "$work/release.json" >"$work/hooks.json"
    count=$(jq length "$work/hooks.json")
    for ((hook = 0; hook < count; hook++)); do
        jq -r ".[$hook].manifest" "$work/hooks.json" >"$work/hook.yaml"
        object=$(jq -r ".[$hook] | (.kind | ascii_downcase) + \"/\" + .name" "$work/hooks.json")
        # Helm's default: one that an earlier run left is deleted first.
        policies=$(jq -r ".[$hook].delete_policies // [\"before-hook-creation\"] | join(\" \")" "$work/hooks.json")
        case " $policies " in
        *" before-hook-creation "*) "${kubectl[@]}" delete -f "$work/hook.yaml" --ignore-not-found ;;
        esac
        "${kubectl[@]}" create -f "$work/hook.yaml"
        end=$((SECONDS + timeout))
        until now=$(state "$object") && [ -n "$now" ]; do
            [ $SECONDS -lt $end ] || fail "$event hook $object is not done after $timeout s"
            sleep 1
        done
        case "$now $policies " in
        done*" hook-succeeded "* | failed*" hook-failed "*)
            "${kubectl[@]}" delete -f "$work/hook.yaml" --ignore-not-found
            ;;
        esac
        [ "$now" = "done" ] || fail "$event hook $object failed"
    done
}

"${kubectl[@]}" get namespace "$namespace" >/dev/null 2>&1 || "${kubectl[@]}" create namespace "$namespace"

if [ -s "$work/crds.yaml" ]; then
    # Helm makes CRDs once and never changes them; this brings them up to date.
    "${kubectl[@]}" apply --server-side -f "$work/crds.yaml"
    "${kubectl[@]}" wait --for=condition=Established --timeout="${timeout}s" -f "$work/crds.yaml"
fi

run_hooks "pre-$verb"
if grep -q '[^[:space:]]' "$work/manifest.yaml"; then
    "${kubectl[@]}" apply -f "$work/manifest.yaml"
    workloads >"$work/workloads.txt"
    while read -r object place; do
        "${kubectl[@]}" rollout status "$object" --namespace "$place" --timeout="${timeout}s" </dev/null
    done <"$work/workloads.txt"
fi
run_hooks "post-$verb"
