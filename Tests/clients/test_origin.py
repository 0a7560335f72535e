"""What a browser may send for somebody else's page: other origins, and names that point here."""

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

PAGE = "https://app.example"


@pytest.fixture
def hub(start_hub):
    return start_hub("--origin", PAGE, "--host", "hub.example")


class TestOrigins:
    def test_websockets_open_for_the_hubs_own_pages_and_listed_ones(self, hub):
        of_its_other_port = f"http://127.0.0.1:{hub.ports[1]}"
        for origin in [None, PAGE, hub.url, of_its_other_port]:
            with connect(hub.ws_url + "/ws?groups=tasks", origin=origin, proxy=None):
                pass
        for origin in ["https://evil.example", "null", "http://127.0.0.1:1", PAGE + ".evil.example", "http://app.example"]:
            with pytest.raises(InvalidStatus) as refused:
                connect(hub.ws_url + "/ws?groups=tasks", origin=origin, proxy=None)
            assert refused.value.response.status_code == 403

    def test_a_listed_page_may_read_and_no_other_is_reflected(self, hub):
        listed = hub.client.get("/tasks", headers={"Origin": PAGE})
        assert listed.headers["Access-Control-Allow-Origin"] == PAGE
        assert "Origin" in listed.headers["Vary"]
        for headers in [{}, {"Origin": hub.url}]:
            assert "Access-Control-Allow-Origin" not in hub.client.get("/tasks", headers=headers).headers
        other = hub.client.post("/publish/a", content="x", headers={"Origin": "https://evil.example"})
        assert other.status_code == 403 and "Access-Control-Allow-Origin" not in other.headers

    def test_a_preflight_needs_no_credentials(self, hub):
        ask = {"Origin": PAGE, "Access-Control-Request-Method": "PATCH"}
        answer = hub.client.options("/tasks/1", headers=ask)
        assert answer.status_code == 204
        assert "PATCH" in answer.headers["Access-Control-Allow-Methods"]
        assert "Authorization" in answer.headers["Access-Control-Allow-Headers"]
        assert "Access-Control-Allow-Credentials" not in answer.headers

    def test_a_stream_too(self, hub):
        headers = {"Origin": PAGE, "Accept": "text/event-stream"}
        with hub.client.stream("GET", "/stream?groups=tasks", headers=headers) as response:
            assert response.headers["Access-Control-Allow-Origin"] == PAGE


class TestNames:
    @pytest.mark.parametrize("name, status", [
        ("localhost", 200), ("localhost:1", 200), ("127.0.0.1", 200), ("[::1]:8001", 200),
        ("hub", 200), ("hub.example", 200), ("HUB.example:80", 200), ("a.localhost", 200),
        ("evil.example", 421), ("127.0.0.1.evil.example", 421), ("evil.hub.example", 421)])
    def test_an_open_hub_is_called_by_its_own_names_only(self, hub, name, status):
        assert hub.client.get("/tasks", headers={"Host": name}).status_code == status
