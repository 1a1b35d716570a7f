"""The local bundle on free ports, its simulated WeChat, and signatures for it."""

import json
import pathlib
import sys
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
