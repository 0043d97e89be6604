#!/usr/bin/env bash
# Keeps one comment on a pull request: writes it, or changes the one that was written before.
#
# usage: comment.sh OWNER/REPOSITORY NUMBER FILE
#
# FILE is what `statefulchart diff -o markdown` prints: its first line says that the comment is ours. Needs gh, with
# GH_TOKEN: the comment is looked for among those of the token's user, or those of GitHub's actions where the token has none.
set -euo pipefail

repository=$1 number=$2 file=$3
mark=$(head -n 1 "$file")
user=$(gh api user --jq .login 2>/dev/null) || user='github-actions[bot]'
# A comment of somebody else that begins like ours is not ours.
id=$(gh api --paginate "repos/$repository/issues/$number/comments" |
    jq -rs --arg mark "$mark" --arg user "$user" \
        '[.[][] | select(.user.login == $user and (.body | startswith($mark))) | .id][0] // empty')
body() { jq -Rs '{body: .}' "$file"; }
if [ -n "$id" ]; then
    body | gh api --method PATCH "repos/$repository/issues/comments/$id" --input - >/dev/null
else
    body | gh api --method POST "repos/$repository/issues/$number/comments" --input - >/dev/null
fi
