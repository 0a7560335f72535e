#!/bin/sh
# An article that runs short: its alert, its acknowledgement, its end. By curl alone; HUB is where the hub listens.
set -eu
HUB=${HUB:-http://localhost:8001}
API=$HUB/api/external
run() { printf '\n$ curl %s\n' "$*" >&2; curl --silent --show-error --fail-with-body "$@"; }
post() { path=$1; shift; run --request POST "$API/$path/" --header 'Content-Type: application/json' --data "$@"; }

article=$(post articulos '{"nombre": "Tubo PVC 25", "material": "PVC", "diametro": 25, "umbral_minimo": 10, "umbral_recuperacion": 15}' |
    tee /dev/stderr | sed 's/^{"id":\([0-9]*\).*/\1/')

# What comes in and goes out; below 10 there is an alert.
post movimientos "{\"articulo\": $article, \"tipo\": \"entrada\", \"cantidad\": 12.5, \"almacen\": \"norte\"}"
post movimientos "{\"articulo\": $article, \"tipo\": \"salida\", \"cantidad\": 4, \"almacen\": \"norte\"}"
run "$API/alertas/$article/"

# Somebody sees to it, and orders more: it has to be approved.
post "alertas/$article/reconocer" '{"por": "ana", "nota": "pedido 17"}'
order=$(post movimientos "{\"articulo\": $article, \"tipo\": \"entrada\", \"cantidad\": 50, \"almacen\": \"norte\", \"requiere_aprobacion\": true}" |
    tee /dev/stderr | sed 's/^{"id":\([0-9]*\).*/\1/')
run --request POST "$API/movimientos/$order/aprobar/"
run "$API/stock/$article/"

# All that was said of it, and a report for a spreadsheet.
run "$HUB/stream?groups=stock:norte&since=10m&wait=0s" --header 'Accept: application/json'
run "$API/reportes/?tipo=totales" --header 'Accept: text/csv'
