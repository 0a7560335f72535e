"""`/campana.js` in a real browser: resume, publish, gaps, tokens, and a network that comes and goes."""

import gzip

import pytest

from support.browser import Browser
from support.keys import as_key, make_key, operator
from support.proxy import Proxy
from support.waiting import eventually

# What a page remembers of its client; `got` has the data of each event.
LISTEN = """
window.got = []; window.states = []; window.gaps = []; window.refused = [];
window.client = connect({
  storage: null, ...given[0],
  onevent: (event) => got.push(event.data), onstate: (state) => states.push(state),
  ongap: (gap) => gaps.push(gap), onerror: (error) => refused.push(error.code),
});
"""


@pytest.fixture(scope="module")
def browser():
    browser = Browser()
    yield browser
    browser.close()


@pytest.fixture
def page(browser, hub):
    """A blank page of the hub's own origin."""
    browser.open(f"{hub.url}/console/icon.svg")
    browser.open(f"{hub.url}/console/format.js")
    yield browser
    browser.open("about:blank")


def got(browser):
    return browser.driver.execute_script("return window.got")


def until_got(browser, wanted):
    eventually(lambda: got(browser) == wanted, f"the page has {wanted}")


def until_live(browser):
    eventually(lambda: browser.driver.execute_script("return window.client?.state") == "live", "the client is live")


class TestEvents:
    def test_live_events_come_in_order_once(self, page, hub, group):
        page.run(LISTEN, {"groups": [group]})
        until_live(page)
        hub.publish_many(group, range(500))
        until_got(page, list(range(500)))

    def test_since(self, page, hub, group):
        places = hub.publish_many(group, range(10))
        page.run(LISTEN, {"groups": [group], "since": places[3]["cursor"]})
        until_got(page, list(range(4, 10)))

    def test_a_group_that_joins_later(self, page, hub, group):
        page.run(LISTEN, {"groups": [group]})
        until_live(page)
        page.run("client.subscribe([given[0]]); client.publish(given[0], 'message', 'mine')", f"{group}:b")
        until_got(page, ["mine"])
        page.run("client.unsubscribe([given[0]]); await client.publish(given[0], 'message', 'unheard')", f"{group}:b")
        hub.publish(group, "end")
        until_got(page, ["mine", "end"])

    def test_an_unknown_history_is_told(self, page, hub, group):
        cursor = hub.publish(group, 1)["cursor"]
        page.run(LISTEN, {"groups": [group], "since": ("b" if cursor[0] == "a" else "a") + cursor[1:]})
        until_got(page, [1])
        assert page.driver.execute_script("return gaps") == [{"reset": True}]

    def test_what_the_hub_refuses(self, page, group):
        page.run(LISTEN, {"groups": [group, "not a group"]})
        eventually(lambda: page.driver.execute_script("return refused"), "the hub refuses")
        assert page.driver.execute_script("return refused") == ["invalid_group"]

    def test_a_page_that_throws_misses_nothing(self, page, hub, group):
        page.run(LISTEN.replace("got.push(event.data)", "{ got.push(event.data); throw new Error('mine') }"), {"groups": [group]})
        until_live(page)
        hub.publish_many(group, range(3))
        until_got(page, [0, 1, 2])
        page.complaints()


class TestPublish:
    def test_the_answer_says_where(self, page, hub, group):
        page.run(LISTEN, {"groups": [group]})
        answer = page.run("return await client.publish(given[0], 'aviso', { texto: 'á🎯' })", group)
        assert (answer["seq"], answer["group"]) == (1, group)
        until_got(page, [{"texto": "á🎯"}])

    @pytest.mark.parametrize("transport", ["websocket", "sse"])
    def test_a_refusal_has_its_code(self, page, group, transport):
        page.run(LISTEN, {"groups": [group], "transport": transport})
        code = page.run("return await client.publish('$sys:x', 't', 1).then(() => 'taken', (error) => error.code)")
        assert code == "group_reserved"
        page.complaints()


class TestRates:
    """A page that asks for more than the hub takes of one client waits, and loses nothing."""

    @pytest.fixture
    def limited(self, start_hub, browser):
        def start(*flags):
            hub = start_hub(*flags)
            hub.key = make_key(hub, "page", "all:**")
            browser.open(f"{hub.url}/console/format.js")  # this machine is exempt, but for who says who it is
            return hub

        yield start
        browser.open("about:blank")

    @pytest.mark.parametrize("flags, transport", [
        (("--rate", "5/s"), "websocket"), (("--message-rate", "5/s"), "websocket"), (("--rate", "5/s"), "sse")])
    def test_all_that_is_published_arrives_once(self, limited, browser, group, flags, transport):
        hub = limited(*flags)
        listen = LISTEN.replace("storage: null,", f"storage: null, token: () => '{hub.key['key']}',")
        browser.run(listen, {"groups": [group], "transport": transport})
        until_live(browser)
        places = browser.run(
            "return await Promise.all([...Array(20).keys()].map((n) => client.publish(given[0], 'message', n)))", group)
        assert sorted(place["seq"] for place in places) == list(range(1, 21))
        eventually(lambda: sorted(got(browser)) == list(range(20)), "each was heard once")
        assert browser.driver.execute_script("return [refused, gaps]") == [[], []]
        with operator(hub) as client:
            figures = client.get("/metrics").text
        bound = "past_message_rate" if "--message-rate" in flags else "past_rate"
        assert f'campana_offences_total{{offence="{bound}"}} 0' not in figures

    def test_a_subscription_past_the_rate_is_asked_for_again(self, limited, browser, group):
        hub = limited("--rate", "20/min")
        while hub.client.get("/tasks", headers=as_key(hub.key)).status_code == 200:
            pass
        listen = LISTEN.replace("storage: null,", f"storage: null, token: () => '{hub.key['key']}',")
        browser.run(listen, {"groups": [group]})
        until_live(browser)
        with operator(hub) as client:
            client.post("/publish", json={"group": group, "type": "message", "data": "heard"})
        until_got(browser, ["heard"])
        assert browser.driver.execute_script("return refused") == []


class TestResume:
    def test_a_reload_goes_on_where_it_was(self, page, hub, group):
        options = {"groups": [group], "storage": None}
        listen = LISTEN.replace("storage: null, ", "")
        del options["storage"]
        page.run(listen, options)
        until_live(page)
        hub.publish_many(group, range(5))
        until_got(page, list(range(5)))
        page.driver.get("about:blank")
        hub.publish_many(group, range(5, 9))
        page.open(f"{hub.url}/console/format.js")
        page.run(listen, options)
        until_got(page, [5, 6, 7, 8])

    @pytest.mark.parametrize("transport", ["websocket", "sse"])
    def test_a_network_that_is_cut_and_returns(self, page, hub, group, transport):
        with Proxy(hub.port) as proxy:
            page.open(f"{proxy.url}/console/format.js")
            page.run(LISTEN, {"groups": [group], "transport": transport})
            until_live(page)
            hub.publish_many(group, range(3))
            until_got(page, [0, 1, 2])
            proxy.target = 1  # nobody listens there
            proxy.cut()
            eventually(lambda: page.driver.execute_script("return client.state") != "live", "the client notices")
            hub.publish_many(group, range(3, 6))
            proxy.target = hub.port
            until_got(page, list(range(6)))
            assert page.driver.execute_script("return gaps") == []
        page.complaints()

    def test_streams_cut_at_random(self, page, hub, group):
        pieces = iter([700, 1500, 400, 3000, 900, 2000])
        with Proxy(hub.port, lambda: None) as proxy:
            page.open(f"{proxy.url}/console/format.js")
            proxy._cut_after = lambda: next(pieces, None)
            page.run(LISTEN, {"groups": [group], "since": "earliest"})
            hub.publish_many(group, range(300))
            until_got(page, list(range(300)))
        page.complaints()

    def test_a_publish_that_was_cut_off_is_done_once(self, page, hub, group):
        with Proxy(hub.port) as proxy:
            page.open(f"{proxy.url}/console/format.js")
            page.run(LISTEN, {"groups": [group]})
            until_live(page)
            proxy.target = 1
            page.driver.execute_script("window.answer = client.publish(arguments[0], 'message', 'once')", group)
            proxy.cut()
            proxy.target = hub.port
            assert page.run("return (await answer).seq") == 1
            until_got(page, ["once"])
        page.complaints()


class TestFallback:
    def test_where_websockets_are_blocked_it_reads_server_sent_events(self, page, hub, group):
        with Proxy(hub.port, blocks=b"upgrade: websocket") as proxy:
            page.open(f"{proxy.url}/console/format.js")
            page.run(LISTEN.replace("(state) => states.push(state)", "(state, kind) => states.push(`${state} ${kind}`)"), {"groups": [group]})
            eventually(lambda: "live sse" in page.driver.execute_script("return states"), "it is live by SSE")
            assert page.run("return (await client.publish(given[0], 'message', 'hola')).seq", group) == 1
            until_got(page, ["hola"])
        page.complaints()

    def test_a_server_that_does_not_want_it_is_left_alone(self, page, hub):
        page.run(LISTEN, {"groups": ["a"], "url": f"{hub.url}/nowhere/"})
        eventually(lambda: "waiting" in page.driver.execute_script("return states"), "it waits before the next try")
        page.run("client.close()")
        assert page.driver.execute_script("return [client.state, states.at(-1)]") == ["closed", "closed"]
        page.complaints()


def test_it_is_small(hub):
    assert len(gzip.compress(hub.client.get("/campana.js").content, 9)) < 6_500
