#!/usr/bin/env bash
# Checks one device's chain and last signature in an unpacked evidence bundle, with sha256sum and openssl (3 or newer) alone:
# none of Daybook's code runs. Usage: check-feed.sh FOLDER FEED. Exit code 0: it holds; 1: it doesn't, and where.
set -euo pipefail
folder=$1 feed=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

bin() { printf "$(printf %s "$1" | sed 's/../\\x&/g')"; }
sha256() { sha256sum | cut -d' ' -f1; }
fail() { echo "FAULT: $1" >&2; exit 1; }

# The file is the one that the manifest lists.
listed=$(tr -d ' \n' <"$folder/manifest.json" | grep -o "\"feeds/$feed.txt\":{[^}]*}" | grep -o '[0-9a-f]\{64\}') ||
  fail "feeds/$feed.txt is not in the manifest"
[ "$(sha256 <"$folder/feeds/$feed.txt")" = "$listed" ] || fail "feeds/$feed.txt is not the listed file"

# Each header holds the SHA-256 of the one before it, and the number after it.
count=0 last=""
while read -r header signature body key; do
  number=$((16#${header:52:16})) previous=${header:68:64}
  [ $((16#${header:36:16})) = "$feed" ] || fail "entry $number is of another feed"
  if [ -n "$last" ]; then
    [ "$number" = $((before + 1)) ] || fail "entry $((before + 1)) is missing"
    [ "$previous" = "$last" ] || fail "entry $number does not continue entry $before"
  elif [ "$number" = 1 ]; then
    [ "$previous" = "$(printf '0%.0s' {1..64})" ] || fail "entry 1 continues something"
  fi
  if [ -n "$body" ]; then
    [ "$(bin "$body" | sha256)" = "${header: -64}" ] || fail "the content of entry $number was changed"
  fi
  last=$(bin "$header" | sha256) before=$number count=$((count + 1)) final=$header signed=$signature
done <"$folder/feeds/$feed.txt"
[ "$count" -gt 0 ] || fail "the feed is empty"

# The device's key: that of the operation whose key gives this feed's number (PROTOCOL.md, rule T4).
read -r genesis <"$folder/roster.txt"
team=$(bin "${genesis:130}" | sha256 | cut -c1-32)
public=""
while read -r operation; do
  for candidate in $(bin "${operation:130}" | grep -ao '"by":"[0-9a-f]\{64\}"' | cut -d'"' -f4); do
    hash=$(printf 'daybook/feed/v1\n%s\n%s' "$team" "$candidate" | sha256)
    [ $((16#${hash:0:16} & 0x1fffffffffffff)) = "$feed" ] && public=$candidate
  done
done < <(sort -u "$folder/roster.txt")
[ -n "$public" ] || fail "no key in the roster gives feed $feed"

# The last signature speaks for all before it.
bin "302a300506032b6570032100$public" >"$work/key.der"
{ printf 'daybook/envelope/v1\n'; bin "$final"; } >"$work/message"
bin "$signed" >"$work/signature"
openssl pkeyutl -verify -pubin -keyform DER -inkey "$work/key.der" -rawin -in "$work/message" -sigfile "$work/signature" \
  >/dev/null 2>&1 || fail "the signature of entry $before is not that of device key $public"
echo "Feed $feed holds: $count entries up to number $before, chained, the last one signed by device key $public."
