#!/usr/bin/env bash
# Keeps one comment on a pull request: writes it, or changes the one that was written before.
#
# usage: comment.sh OWNER/REPOSITORY NUMBER FILE
#
# FILE is what `statefulchart diff -o markdown` prints: its first line says that the comment is ours. Needs gh, with
# GH_TOKEN.
set -euo pipefail

repository=$1 number=$2 file=$3
mark=$(head -n 1 "$file")
id=$(gh api --paginate "repos/$repository/issues/$number/comments" |
    jq -r --arg mark "$mark" '.[] | select(.body | startswith($mark)) | .id' | head -n 1)
body() { jq -Rs '{body: .}' "$file"; }
if [ -n "$id" ]; then
    body | gh api --method PATCH "repos/$repository/issues/comments/$id" --input - >/dev/null
else
    body | gh api --method POST "repos/$repository/issues/$number/comments" --input - >/dev/null
fi
