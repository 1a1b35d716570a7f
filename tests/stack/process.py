"""Children that are up while they are needed, and steps that fail with what was seen."""

import os
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request


class Failed(Exception):
    """A step that did not go as it must; its text says which and what was seen."""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def eventually(name, look, seen, seconds=60):
    """Looks again until something is there."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = look()
        if found:
            print(f"  {name}")
            return found
        time.sleep(0.5)
    raise Failed(f"{name}: not within {seconds} s; seen: {seen()}")


class Process:
    """A child that is up when its address answers, and gone afterwards."""

    def __init__(self, command, address, **environment):
        self.command, self.address, self.environment = [str(part) for part in command], address, environment

    def __enter__(self):
        self.log = tempfile.TemporaryFile("w+")
        try:
            self.child = subprocess.Popen(
                self.command,
                stdout=self.log,
                stderr=subprocess.STDOUT,
                env={**os.environ, **self.environment},
                start_new_session=True,
            )
        except OSError as error:
            raise Failed(f"{self.command[0]}: {error}; build it first") from error
        end = time.monotonic() + 60
        while time.monotonic() < end and self.child.poll() is None:
            try:
                urllib.request.urlopen(self.address, timeout=2).close()
                return self
            except OSError:
                time.sleep(0.1)
        self.__exit__()
        raise Failed(f"{self.command[0]} did not come up: {self.tail()}")

    def __exit__(self, *_):
        self.child.terminate()
        try:
            self.child.wait(10)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
        try:
            # What it started itself, should any be left.
            os.killpg(self.child.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass

    def tail(self, lines=60):
        self.log.seek(0)
        return "".join(self.log.readlines()[-lines:])
