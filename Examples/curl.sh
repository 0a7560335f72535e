#!/bin/sh
# A session with the hub, by curl alone. HUB is where it listens.
set -eu
HUB=${HUB:-http://localhost:8001}
run() { printf '\n$ curl %s\n' "$*" >&2; curl --silent --show-error --fail-with-body "$@"; }

# A task: created, changed, listed.
location=$(run --include --request POST "$HUB/tasks" --header 'Content-Type: application/json' \
    --data '{"title": "Prueba WebSocket", "description": "Tarea para probar notificaciones"}' |
    tr -d '\r' | sed -n 's/^[Ll]ocation: *//p')
task="$HUB/tasks/${location##*/}"
run --request PATCH "$task" --header 'Content-Type: application/json' --data '{"completed": true}'
run "$HUB/tasks?completed=true&limit=10"

# Nobody's change is written over: an old ETag is refused with 412.
etag=$(run --head "$task" | tr -d '\r' | sed -n 's/^[Ee][Tt]ag: *//p')
run --request PUT "$task" --header "If-Match: $etag" --header 'Content-Type: application/json' \
    --data '{"title": "Otra"}'

# Anything else is an event of a group, and is done once however often it is sent with one key.
key="session-$$-${location##*/}"
for _ in 1 2; do
    run --request POST "$HUB/publish/avisos" --header "Idempotency-Key: $key" --data 'hola'
done

# All that happened in the last ten minutes, and then gone.
run "$HUB/stream?groups=tasks,avisos&since=10m&wait=0s" --header 'Accept: application/json'
run --request DELETE "$task"
run "$HUB/health"
