#!/bin/bash
# One copy of the new version beside the old ones; promoted when the probe is content three times, else taken away at once. A promotion that the probe
# then dislikes is undone.   canary.sh <image> <origin>
set -euo pipefail
image=${1:?the image to try}
origin=${2:?how clients reach the relay}
here=$(cd "$(dirname "$0")" && pwd)
namespace=${RELAY_NAMESPACE:-leanvibe-relay}
rounds=${CANARY_ROUNDS:-3}
pause=${CANARY_SECONDS:-20}
k() { kubectl --namespace "$namespace" "$@"; }
relay() { node "$here/../bin/leanvibe-relay.js" "$@"; }

content() {
  for _ in $(seq "$rounds"); do
    relay probe "$origin" || return 1
    sleep "$pause"
  done
}

remove_canary() { k delete deployment leanvibe-relay-canary --ignore-not-found --grace-period=30 --wait=false; }

# The canary carries the labels the service looks for, so that it gets its share of what comes.
k get deployment leanvibe-relay --output json |
  node "$here/canary-of.mjs" "$image" |
  k apply --filename -
if ! k rollout status deployment/leanvibe-relay-canary --timeout=120s || ! content; then
  remove_canary
  echo "the canary of $image was taken away; the old version serves on" >&2
  exit 1
fi

k set image deployment/leanvibe-relay "relay=$image"
if ! k rollout status deployment/leanvibe-relay --timeout=300s || ! content; then
  k rollout undo deployment/leanvibe-relay
  remove_canary
  echo "$image was promoted and undone" >&2
  exit 1
fi
remove_canary
echo "$image serves"
