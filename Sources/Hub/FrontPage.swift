import HTTP1

/// The page at `/`: the live stream of the tasks in a browser, until the console comes.
enum FrontPage {
    static let response = Response(
        .ok,
        fields: [
            "Content-Type": "text/html; charset=utf-8",
            "Cache-Control": "no-cache",
            "Content-Security-Policy":
                "default-src 'none'; connect-src 'self'; script-src 'unsafe-inline'; "
                + "style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'",
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
        ], body: Array(html.utf8))

    private static let html = """
        <!doctype html>
        <html lang="en">
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>Campana</title>
        <style>
          :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
          body { max-width: 52rem; margin: 2rem auto; padding: 0 1rem }
          li { font: 13px/1.6 ui-monospace, monospace; overflow-wrap: anywhere }
        </style>
        <h1>Campana</h1>
        <form><label>Groups <input id="groups" value="**"></label> <button>Subscribe</button></form>
        <p role="status" id="state">connecting</p>
        <ol id="events" reversed></ol>
        <script>
          const show = (id, text) => { document.getElementById(id).textContent = text }
          let socket, cursor, wait = 250
          function connect() {
            const url = new URL('ws', location.href.replace(/^http/, 'ws'))
            url.searchParams.set('groups', document.getElementById('groups').value)
            url.searchParams.set('since', cursor ?? '10m')
            const mine = socket = new WebSocket(url)
            mine.onopen = () => { wait = 250; show('state', 'live') }
            mine.onmessage = ({ data }) => {
              const event = JSON.parse(data)
              cursor = event.cursor ?? cursor
              if (event.type === 'error') show('state', event.message)
              if (!event.seq) return
              const item = document.createElement('li')
              item.textContent = data
              document.getElementById('events').prepend(item)
              while (events.childElementCount > 500) events.lastElementChild.remove()
            }
            mine.onclose = () => {
              if (mine !== socket) return
              show('state', 'reconnecting')
              setTimeout(connect, Math.random() * (wait = Math.min(wait * 2, 30000)))
            }
          }
          document.forms[0].onsubmit = (event) => {
            event.preventDefault()
            cursor = undefined
            document.getElementById('events').replaceChildren()
            socket.onclose = null
            socket.close()
            connect()
          }
          connect()
        </script>
        """
}
