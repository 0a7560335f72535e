"""`campana` with a key, as a person or a service runs it; the key may show nowhere."""

import json
import signal
import subprocess

from support.hub import CAMPANA, Lines, plain_environment
from support.waiting import DEADLINE


def write_key(path, key):
    """A key's file, as it has to be."""
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_text(key + "\n")
    return str(path)


class Companion:
    """What is the same for each call: the hub, how it is trusted, and the key."""

    def __init__(self, url, *options, key_file=None, key=None, secrets=()):
        self._command = [CAMPANA, "--url", url, *options, *(("--key-file", key_file) if key_file else ())]
        self._environment = plain_environment(**({"CAMPANA_KEY": key} if key else {}))
        self._secrets = [*secrets, *([key] if key else [])]

    def run(self, *arguments, code=0, input=""):
        """Runs a command to its end."""
        done = subprocess.run(
            [*self._command, *arguments], env=self._environment, capture_output=True, text=True,
            timeout=DEADLINE * 2, input=input)
        for secret in self._secrets:
            assert secret not in done.stdout + done.stderr
        assert done.returncode == code, (arguments, done.returncode, done.stdout, done.stderr)
        return done

    def tail(self, *arguments):
        return Tail([*self._command, "tail", *arguments, "--no-state", "--json"], self._environment)


class Tail:
    """A `campana tail` under way."""

    def __init__(self, command, environment):
        self.process = subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.stdout, self.stderr = Lines(self.process.stdout), Lines(self.process.stderr)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(DEADLINE)

    def event(self):
        return json.loads(self.stdout.next())

    def told(self, *words):
        """The next line on standard error with all these words."""
        return self.stderr.until(lambda line: all(word in line for word in words))

    def ended(self):
        """The exit code, once all that it said was read."""
        while self.stderr.next() is not None:
            pass
        return self.process.wait(DEADLINE)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(DEADLINE)
