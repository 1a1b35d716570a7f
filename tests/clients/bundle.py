"""The local bundle on free ports, its simulated WeChat, and signatures for it."""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile
import time
import urllib.request

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "tests/stack"))

from process import Failed, Process, free_port  # noqa: E402

DOCUMENT = ROOT / "infra/openapi.yaml"
APP = "wx5f2c8a1d9e3b7046"
FOLLOWER = "oT3x_uK9bqVwZ2m4LrNcY8dEfGhI"
SIGNER = SigV4Auth(Credentials("local", "local"), "execute-api", "us-east-1")


def check(name, holds, seen):
    """One line for each step; the first that does not hold ends the run."""
    if not holds:
        raise Failed(f"{name}: {seen}")
    print(f"  {name}")


def signed(method, url, headers, body):
    """The headers that sign a request."""
    kept = {name: value for name, value in headers.items() if name.lower() == "content-type"}
    request = AWSRequest(method, url, headers=kept, data=body)
    SIGNER.add_auth(request)
    return dict(request.headers)


class Bundle(Process):
    """The functions as they have been built, and everything around them."""

    def __init__(self, binaries):
        self.url, aws, self.wechat = (f"http://127.0.0.1:{free_port()}" for _ in range(3))
        program = pathlib.Path(binaries) / "wechat-functions"
        command = [program, "--no-build", "--no-demo", "--quiet", "--functions", binaries]
        for name, address in (("--listen", self.url), ("--aws-listen", aws), ("--platform-listen", self.wechat)):
            command += [name, address.removeprefix("http://")]
        super().__init__(command, f"{self.url}/healthz")

    def __enter__(self):
        super().__enter__()
        self.control(f"sends/{APP}", {"check_templates": False})
        return self

    def control(self, path, body):
        """Asks the simulated WeChat for something."""
        request = urllib.request.Request(
            f"{self.wechat}/_control/{path}", json.dumps(body).encode(), {"content-type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)


def operations():
    """Names of the operations in the document, as Python writes them."""
    lines = DOCUMENT.read_text().splitlines()
    names = [line.split(": ")[1] for line in lines if line.strip().startswith("operationId: ")]
    return ["".join(f"_{c.lower()}" if c.isupper() else c for c in name) for name in names]


def generate(program, *arguments, environment=None):
    """Has a generator, which stands beside this Python, make a client of the document."""
    command = [pathlib.Path(sys.executable).parent / program, "generate", *arguments]
    made = subprocess.run([str(part) for part in command], env=environment, capture_output=True, text=True)
    check("the generator is content", made.returncode == 0, made.stdout[-2000:] + made.stderr[-2000:])


def complete(holds):
    """Every operation must be in the client; `holds` says whether one is."""
    missing = [name for name in operations() if not holds(name)]
    check(f"{len(operations())} operations are there", not missing, missing)


def work(make, connect, scenes):
    """Makes a client in a folder, connects it with the bundle, and lets it play the scenes."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--binaries", type=pathlib.Path, default=ROOT / "target/debug")
    options = parser.parse_args()
    begun = time.monotonic()
    try:
        with tempfile.TemporaryDirectory(prefix="client-") as folder:
            made = make(pathlib.Path(folder))
            with Bundle(options.binaries) as bundle:
                try:
                    for scene in scenes:
                        scene(*connect(made, bundle.url))
                except Failed:
                    print(bundle.tail())
                    raise
    except Failed as failed:
        sys.exit(f"FAILED {failed}")
    print(f"the generated client works, after {time.monotonic() - begun:.0f} s")
