"""Chromium without a window, as a person's browser."""

import json
import shutil

from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By

from support.waiting import DEADLINE, eventually

_PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
# A container's root has no sandbox to give; every page here is our own.
_ARGUMENTS = ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--no-first-run")


class Browser:
    """One window. What a page does is waited for, never slept for."""

    def __init__(self, language="en", width=1440, is_dark=False):
        options = Options()
        options.binary_location = next(filter(None, map(shutil.which, _PROGRAMS)))
        for argument in (*_ARGUMENTS, f"--window-size={width},1000", f"--accept-lang={language}", f"--lang={language}"):
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.driver = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
        self.driver.set_script_timeout(DEADLINE)
        self._emulate("Emulation.setDeviceMetricsOverride", width=width, height=1000, deviceScaleFactor=1, mobile=width < 600)
        if is_dark:
            self._emulate("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark"}])

    def _emulate(self, command, **parameters):
        self.driver.execute_cdp_cmd(command, parameters)

    def close(self):
        self.driver.quit()

    def open(self, url):
        self.driver.get(url)
        return self

    def new_window(self, url):
        """Another window of the same browser, which is then the one looked at; its handle."""
        self.driver.switch_to.new_window("window")
        self.driver.get(url)
        return self.driver.current_window_handle

    def look_at(self, handle):
        self.driver.switch_to.window(handle)

    def run(self, script, *arguments):
        """The value of an asynchronous function's body, run in the page; `hub` is what `connect` is imported from."""
        wrapped = (
            "const done = arguments[arguments.length - 1], given = [...arguments].slice(0, -1);"
            f"(async () => {{ const {{ connect }} = await import('/campana.js'); {script} }})()"
            ".then((value) => done({ value }), (error) => done({ error: String(error) }));")
        answer = self.driver.execute_async_script(wrapped, *arguments)
        assert "error" not in answer, answer["error"]
        return answer["value"]

    def text(self, selector="main"):
        return "\n".join(element.text for element in self.driver.find_elements(By.CSS_SELECTOR, selector))

    def find(self, selector):
        """The first element, once there is one."""
        eventually(lambda: self.driver.find_elements(By.CSS_SELECTOR, selector), f"there is {selector}")
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def until_text(self, wanted, selector="main"):
        eventually(lambda: wanted in self.text(selector), f"{selector} says {wanted!r}")

    def until_live(self):
        self.find('#state[data-state="live"]')

    def press(self, text, within="main"):
        """Presses the first button that says this."""
        # In one step, for the page may draw itself anew between a look and a click.
        script = """const buttons = [...document.querySelectorAll(arguments[0] + " button")];
            const found = buttons.find((each) => each.textContent === arguments[1]);
            found?.click();
            return found ? null : buttons.map((each) => each.textContent);"""
        others = self.driver.execute_script(script, within, text)
        assert others is None, f"no button {text!r} among {others}"

    def fill(self, selector, text):
        field = self.find(selector)
        field.clear()
        field.send_keys(text)
        return field

    def complaints(self):
        """What the page's console has said since the last call, warnings and errors."""
        return [json.dumps(entry) for entry in self.driver.get_log("browser") if entry["level"] in ("WARNING", "SEVERE")]
