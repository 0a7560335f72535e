"""The console at `/`, as a person sees it: in Chromium, wide and narrow, in both languages."""

import pytest
from selenium.webdriver.common.by import By

from support.browser import Browser
from support.keys import make_key
from support.proxy import Proxy
from support.waiting import eventually

HUB_FLAGS = ("--webhook-allow", "127.0.0.0/8", "--webhook-ports", "1-65535")
VIEWS = ("overview", "events", "tasks", "notifications", "stock", "webhooks", "connections")


@pytest.fixture(scope="module")
def browsers():
    """Opens browsers, one of each kind."""
    opened = {}

    def of(**kind):
        key = tuple(sorted(kind.items()))
        if key not in opened:
            opened[key] = Browser(**kind)
        return opened[key]

    yield of
    for browser in opened.values():
        browser.close()


@pytest.fixture
def browser(browsers):
    browser = browsers()
    yield browser
    browser.open("about:blank")


def task(hub, title):
    answer = hub.client.post("/tasks", json={"title": title})
    assert answer.status_code == 201
    return answer.json()


class TestPages:
    @pytest.mark.parametrize("width", [360, 1440])
    @pytest.mark.parametrize("view", VIEWS)
    def test_each_loads_without_a_complaint_and_fits(self, browsers, hub, view, width):
        browser = browsers(width=width)
        browser.open(f"{hub.url}/#/{view}")
        browser.until_live()
        browser.find("main h1")
        assert browser.complaints() == []
        script = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert browser.driver.execute_script(script) <= 0
        assert browser.driver.find_element(By.CSS_SELECTOR, 'nav a[aria-current="page"]').get_attribute("href").endswith(view)

    @pytest.mark.parametrize("language, title", [("es-EC", "Tareas"), ("en", "Tasks"), ("fr", "Tasks")])
    def test_it_speaks_the_readers_language(self, browsers, hub, language, title):
        browser = browsers(language=language)
        browser.open(f"{hub.url}/#/tasks")
        browser.until_text(title, "h1")

    def test_the_language_and_the_theme_can_be_chosen(self, browser, hub):
        browser.open(f"{hub.url}/#/tasks")
        browser.until_text("Tasks", "h1")
        browser.find("#language").click()
        browser.until_text("Tareas", "h1")
        before = browser.driver.execute_script("return document.documentElement.dataset.theme")
        browser.find("#theme").click()
        assert browser.driver.execute_script("return document.documentElement.dataset.theme") != before
        browser.driver.refresh()
        browser.until_text("Tareas", "h1")
        browser.driver.execute_script("localStorage.clear()")

    def test_every_text_is_in_both_languages(self, browser, hub):
        browser.open(hub.url)
        names = browser.run("const { texts } = await import('/console/texts.js'); return [Object.keys(texts.en), Object.keys(texts.es)]")
        assert sorted(names[0]) == sorted(names[1])

    def test_every_control_has_a_name(self, browser, hub):
        for view in VIEWS:
            browser.open(f"{hub.url}/#/{view}")
            browser.find("main h1")
            script = """return [...document.querySelectorAll('button, input, select, textarea, a')].filter((each) =>
                each.offsetParent && !(each.textContent.trim() || each.ariaLabel || each.labels?.length)).map((each) => each.outerHTML)"""
            assert browser.driver.execute_script(script) == []


class TestSafety:
    def test_what_a_peer_wrote_is_text(self, browser, hub):
        browser.open(f"{hub.url}/#/tasks")
        browser.until_live()
        text = "<img src=x onerror=\"document.title='taken'\"><script>document.title='taken'</script>"
        task(hub, text)
        browser.until_text(text)
        browser.open(f"{hub.url}/#/events")
        browser.until_text("task_created", ".events")
        assert browser.driver.find_elements(By.CSS_SELECTOR, "main img, main script") == []
        assert browser.driver.title != "taken"

    @pytest.mark.parametrize("script", [
        "const s = document.createElement('script'); s.textContent = 'window.taken = 1'; document.head.append(s)",
        "const s = document.createElement('script'); s.src = 'data:text/javascript,window.taken=1'; document.head.append(s)",
        "document.body.setAttribute('onclick', 'window.taken = 1'); document.body.click()",
    ])
    def test_the_policy_lets_no_other_script_run(self, browser, hub, script):
        browser.open(hub.url)
        browser.driver.execute_script(script)
        eventually(lambda: any("Content Security Policy" in line for line in browser.complaints()), "the browser refuses it")
        assert browser.driver.execute_script("return window.taken") is None


class TestEvents:
    def test_the_stream_can_be_filtered_and_paused(self, browser, hub, group):
        browser.open(f"{hub.url}/#/events")
        browser.until_live()
        browser.fill("main input[type=search]", group)
        hub.publish_many(group, ["uno", "dos"])
        hub.publish(f"{group}-x".replace(group, "otro"), "tres")
        browser.until_text('"dos"', ".events")
        assert "tres" not in browser.text(".events")
        browser.press("Pause")
        hub.publish(group, "cuatro")
        browser.until_text("1 waiting", "main .bar")
        assert "cuatro" not in browser.text(".events")
        browser.press("Go on")
        browser.until_text('"cuatro"', ".events")

    def test_the_form_publishes(self, browser, hub, group):
        browser.open(f"{hub.url}/#/events")
        browser.until_live()
        browser.fill("input[name=group]", group)
        browser.fill("textarea[name=data]", "{")
        browser.press("Publish")
        browser.until_text("no JSON", "#toasts")
        browser.fill("textarea[name=data]", '{"n": 1}')
        browser.press("Publish")
        browser.until_text('{"n":1}', ".events")

    def test_a_network_that_returns_brings_what_was_missed(self, browser, hub, group):
        with Proxy(hub.port) as proxy:
            browser.open(f"{proxy.url}/#/events")
            browser.until_live()
            browser.fill("main input[type=search]", group)
            hub.publish(group, "first")
            browser.until_text('"first"', ".events")
            proxy.target = 1  # nobody listens there
            proxy.cut()
            browser.until_text("reconnecting", "#state")
            hub.publish_many(group, ["second", "third"])
            proxy.target = hub.port
            browser.until_text('"third"', ".events")
            shown = [element.text for element in browser.driver.find_elements(By.CSS_SELECTOR, ".events .soft")]
            assert [text for text in shown if text.startswith('"')] == ['"third"', '"second"', '"first"']
        browser.complaints()

    def test_where_websockets_are_blocked(self, browser, hub, group):
        with Proxy(hub.port, blocks=b"upgrade: websocket") as proxy:
            browser.open(f"{proxy.url}/#/events")
            browser.until_text("(SSE)", "#state")
            hub.publish(group, "por SSE")
            browser.until_text("por SSE", ".events")
        browser.complaints()


class TestTasks:
    def test_a_task_that_curl_made_shows(self, browser, hub):
        browser.open(f"{hub.url}/#/tasks")
        browser.until_live()
        task(hub, "Prueba WebSocket")
        browser.until_text("Prueba WebSocket")

    def test_two_windows_agree(self, browser, hub):
        browser.open(f"{hub.url}/#/tasks")
        first = browser.driver.current_window_handle
        second = browser.new_window(f"{hub.url}/#/tasks")
        try:
            browser.until_live()
            browser.look_at(first)
            browser.until_live()
            browser.fill("input[name=title]", "de las dos").submit()
            for window in (first, second):
                browser.look_at(window)
                browser.until_text("de las dos")
            done = len(browser.driver.find_elements(By.CSS_SELECTOR, ".done"))
            row = next(row for row in browser.driver.find_elements(By.CSS_SELECTOR, "tbody tr") if "de las dos" in row.text)
            row.find_element(By.CSS_SELECTOR, "button").click()
            browser.look_at(first)
            eventually(lambda: len(browser.driver.find_elements(By.CSS_SELECTOR, ".done")) == done + 1, "the first window has it done")
        finally:
            browser.look_at(second)
            browser.driver.close()
            browser.look_at(first)

    def test_what_is_refused_is_said(self, browser, hub):
        browser.open(f"{hub.url}/#/tasks")
        browser.fill("input[name=title]", " ").submit()
        browser.until_text("title", "#toasts")
        browser.complaints()


class TestNotifications:
    def test_they_are_sent_shown_and_read(self, browser, hub):
        browser.open(f"{hub.url}/#/notifications")
        browser.until_live()
        browser.fill("input[name=consumer]", "ana").submit()
        hub.client.post("/notifications", json={"consumer": "ana", "tipo": "alerta", "contenido": "por curl"})
        browser.until_text("por curl")
        browser.fill("input[name=contenido]", "por la consola").submit()
        browser.until_text("2 unread")
        browser.press("Mark all as read")
        browser.until_text("0 unread")


class TestStock:
    def test_an_alert_is_shown_and_acknowledged(self, browser, hub):
        def post(path, body):
            answer = hub.client.post(f"/api/external/{path}/", json=body)
            assert answer.status_code == 201, answer.text
            return answer.json()

        article = post("articulos", {"nombre": "Codo", "umbral_minimo": 5})["id"]
        post("movimientos", {"articulo": article, "tipo": "entrada", "cantidad": 9})
        browser.open(f"{hub.url}/#/stock")
        browser.until_live()
        browser.until_text("enough")
        post("movimientos", {"articulo": article, "tipo": "salida", "cantidad": 7})
        browser.until_text("activa")
        browser.press("Acknowledge")
        browser.until_text("reconocida")
        browser.fill("input[name=cantidad]", "20").submit()
        browser.until_text("No alerts.")

    def test_a_movement_is_approved(self, browser, hub):
        article = hub.client.post("/api/external/articulos/", json={"nombre": "Llave"}).json()["id"]
        hub.client.post("/api/external/movimientos/", json={
            "articulo": article, "tipo": "entrada", "cantidad": 3, "requiere_aprobacion": True})
        browser.open(f"{hub.url}/#/stock")
        browser.until_live()
        browser.until_text("Approve")
        browser.press("Approve")
        eventually(lambda: hub.client.get(f"/api/external/stock/{article}").json()["cantidad"] == 3, "it is booked")


class TestWebhooks:
    def test_one_is_made_and_its_deliveries_are_shown(self, browser, hub, group):
        browser.open(f"{hub.url}/#/webhooks")
        browser.until_live()
        browser.fill("input[name=nombre]", "De la consola")
        browser.fill("input[name=url]", f"{hub.url}/publish/{group}")
        browser.fill("input[name=groups]", f"{group}:x")
        browser.press("Create")
        browser.until_text("whsec_")
        hub.publish(f"{group}:x", "hola")
        browser.until_text("De la consola")
        browser.press("Deliveries")
        browser.until_text("delivered")
        browser.press("Pause")
        browser.until_text("paused")


class TestConnections:
    def test_who_is_connected_and_who_got_an_event(self, browser, hub, group, consumer):
        client = consumer(f"/ws?groups={group}")
        client.until("subscribed")
        cursor = hub.publish(group, 1)["cursor"]
        browser.open(f"{hub.url}/#/connections")
        browser.until_text(group)
        browser.fill("input[name=cursor]", cursor).submit()
        browser.until_text(f"through {group}")
        assert "delivered:" in browser.text()


def test_the_overview_shows_the_hubs_state(browser, hub, group):
    hub.publish_many(group, range(10))
    browser.open(hub.url)
    browser.until_text("OK", ".tiles")
    browser.until_text(group)
    eventually(lambda: browser.driver.find_elements(By.CSS_SELECTOR, ".chart .path[d*=M]"), "a chart has a line")


class TestLogin:
    def test_a_hub_that_asks_gets_a_key_and_the_tab_keeps_it(self, browsers, start_hub):
        hub = start_hub()
        key = make_key(hub, "console", "all:**", "all:$sys:**")["key"]
        browser = browsers()
        browser.open(f"{hub.url}/#/tasks")
        browser.find("#login[open]")
        browser.fill("#login input[name=key]", "sk_of_nobody").submit()
        browser.until_text("does not accept", "#login .fault")
        browser.fill("#login input[name=key]", key).submit()
        browser.until_live()
        browser.fill("input[name=title]", "con clave").submit()
        browser.until_text("con clave")
        browser.driver.refresh()
        browser.until_text("con clave")
        assert key not in browser.driver.current_url + browser.driver.page_source
        browser.complaints()
