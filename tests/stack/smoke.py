"""Deploys template.yaml to MiniStack by CloudFormation and drives the deployed stack over its API.

    tests/stack/smoke.py [--functions DIR | --zips DIR] [--platform BINARY]

The functions are real processes; WeChat is `infra/platform`. Nothing listens outside loopback, ports are
free ones, and whatever was started is ended. What the emulator cannot do: `limits.py`.
"""

import argparse
import importlib.machinery
import importlib.util
import json
import pathlib
import sys
import time
import urllib.request

from botocore.credentials import Credentials
from emulator import REGION, Emulator
from limits import adapted, judge
from process import Failed, Process, eventually, free_port

ROOT = pathlib.Path(__file__).resolve().parents[2]
ACCOUNT = {
    "app_id": "wx5f2c8a1d9e3b7046",
    "original_id": "gh_7d31c0a94be2",
    "kind": "service",
    "token": "demoToken",
    "mode": "safe",
    "encoding_aes_key": "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
}
SECRET = "0123456789abcdef0123456789abcdef"
APP = ACCOUNT["app_id"]
FOLLOWER = "oLeaving_0123456789abcdefghi"


def script(path):
    """A script of infra/release, whose name has no ending, as a module."""
    loader = importlib.machinery.SourceFileLoader(path.name, str(path))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(path.name, loader))
    loader.exec_module(module)
    return module


VERIFY = script(ROOT / "infra/release/verify")
PLAIN = VERIFY.accounts_document("plainToken")


def check(name, holds, seen):
    """One line for each step; the first that does not hold ends the run."""
    if not holds:
        raise Failed(f"{name}: {seen}")
    print(f"  {name}")


class Stage:
    """The deployed stack and the simulated WeChat."""

    def __init__(self, emulator, wechat, outputs):
        self.emulator, self.wechat, self.outputs = emulator, wechat, outputs

    def control(self, path, body=None):
        """Asks the simulated WeChat for something."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.wechat}/_control/{path}", data, {"content-type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise Failed(f"the simulated WeChat: {path}: {error.code} {error.read().decode()}") from error

    def api(self, method, path, body=None):
        """A signed request to the API; status and JSON."""
        return self.emulator.signed(self.outputs["ApiId"], method, f"/v1/accounts/demo{path}", body)

    def push(self, push, **more):
        """Has WeChat push something and returns its report."""
        return self.control("pushes", {"app_id": APP, "push": push, **more})

    def rows(self, output):
        """All rows of a table."""
        return self.emulator.client("dynamodb").scan(TableName=self.outputs[output], ConsistentRead=True)["Items"]


def verify(stage):
    answer = stage.control("verify", {"app_id": APP})
    check("the callback URL is verified", answer.get("ok") is True, answer)


def push(stage):
    report = stage.push({"kind": "text", "content": "ping"})
    seen = report["user_sees"]
    check("a push is answered", isinstance(seen, dict) and seen["reply"]["content"] == "pong", report)
    report = stage.push({"kind": "text", "content": "ping"}, repeat_regardless=3)
    replies = {attempt.get("decrypted_body") for attempt in report["attempts"]}
    check("three repeats get the same reply", len(report["attempts"]) == 3 and len(replies) == 1, report)
    rows = stage.rows("InboxTable")
    check("and leave one row", len(rows) == 2, rows)


def token(stage):
    status, first = stage.api("GET", "/access-token")
    check("the token can be read", status == 200 and first["expires_in"] > 0, (status, sorted(first)))
    status, again = stage.api("POST", "/access-token/refresh", {"refused": first["access_token"]})
    check("a refused token is replaced", status == 200 and again["access_token"] != first["access_token"], status)


def template_message(stage):
    stage.control(f"sends/{APP}", {"check_templates": False})
    message = {
        "client_msg_id": "order-1",
        "touser": FOLLOWER,
        "template_id": "TPL",
        "data": {"thing1": {"value": "on its way"}},
    }
    status, body = stage.api("POST", "/template-messages", message)
    check("a template message is taken", status == 202, (status, body))
    status, body = stage.api("POST", "/template-messages", message)
    check("the same again is the same message", status == 200, (status, body))

    def delivered():
        state = stage.api("GET", "/messages/order-1")[1]
        return state if state.get("state") == "delivered" else None

    eventually("WeChat reports it delivered, through the inbox stream", delivered, lambda: stage.api("GET", "/messages/order-1"))
    seen = stage.control(f"messages?account={APP}&to_user={FOLLOWER}")
    check("and the user got it once", len(seen["messages"]) == 1, seen)


def campaign(stage):
    body = {
        "client_msg_id": "news-1",
        "to": {"openids": [f"oT3x_u{n:022}" for n in range(100)]},
        "message": {"msgtype": "text", "text": {"content": "你好"}},
    }
    status, answer = stage.api("POST", "/mass-sends", body)
    check("a campaign is taken", status == 202, (status, answer))

    def finished():
        state = stage.api("GET", "/mass-sends/news-1")[1]
        return state if state.get("state") == "finished" else None

    done = eventually("it is finished", finished, lambda: stage.api("GET", "/mass-sends/news-1"))
    check("everybody is counted", done["counts"]["recipients"] == 100, done["counts"])


def erase(stage):
    stage.push({"kind": "text", "content": "ping", "from": FOLLOWER})
    named = lambda: [row for table in ("InboxTable", "SendsTable") for row in stage.rows(table) if FOLLOWER in json.dumps(row, default=str)]
    check("rows name the follower", len(named()) >= 2, named())
    stage.push({"kind": "unsubscribe", "from": FOLLOWER})
    eventually("a follower who leaves is named nowhere", lambda: None if named() else True, named, 60)


def schedule(stage):
    tick = stage.emulator.client("lambda").invoke(
        FunctionName=stage.outputs["TokenRefreshFunction"], Payload=json.dumps({"tick": True})
    )
    check("a tick renews the accounts' tokens", "FunctionError" not in tick, tick["Payload"].read())
    swept = lambda: stage.emulator.logged("MassResultsUnknown")
    eventually("the schedule of mass-send runs by itself", swept, lambda: "no sweep in its log", 90)


def verify_script(stage):
    """What infra/release/verify drives on AWS, as far as the emulator has it: no alarms, no AsyncEventAge."""
    stage.control(f"sends/{PLAIN['app_id']}", {"check_templates": False})
    base = stage.emulator.url(stage.outputs["ApiId"], "")
    aws = VERIFY.Aws(dry=False, session=stage.emulator)
    site = VERIFY.Site(aws, base, PLAIN["token"], Credentials("test", "test"), REGION, patience=40)
    VERIFY.url_check(site)
    VERIFY.push_and_repeat(site, stage.outputs["InboxTable"])
    VERIFY.template_message(site)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--functions", type=pathlib.Path, default=ROOT / "target/debug")
    parser.add_argument("--zips", type=pathlib.Path)
    parser.add_argument("--platform", type=pathlib.Path, default=ROOT / "target/debug/platform")
    options = parser.parse_args()
    begun = time.monotonic()
    port = free_port()
    wechat = f"http://127.0.0.1:{port}"
    with Emulator(ROOT) as emulator, Process([options.platform, "--listen", f"127.0.0.1:{port}"], f"{wechat}/_control/accounts"):
        emulator.account("wechat", "demo", ACCOUNT, {"app_secret": SECRET})
        emulator.account("wechat", VERIFY.ACCOUNT, PLAIN, {"app_secret": SECRET})
        outputs = emulator.deploy(options, adapted, WechatApiBase=wechat)
        judge(emulator)
        print(f"deployed in {time.monotonic() - begun:.0f} s")
        stage = Stage(emulator, wechat, outputs)
        callback = emulator.url(outputs["ApiId"], "/callback/demo")
        stage.control("accounts", {"name": "demo", **ACCOUNT, "app_secret": SECRET, "callback_url": callback})
        callback = emulator.url(outputs["ApiId"], f"/callback/{VERIFY.ACCOUNT}")
        stage.control("accounts", {"name": VERIFY.ACCOUNT, **PLAIN, "app_secret": SECRET, "callback_url": callback})
        try:
            for scene in (verify, push, token, template_message, campaign, erase, schedule, verify_script):
                scene(stage)
        except (Failed, VERIFY.Failed):
            emulator.show_logs()
            raise
    print(f"the stack works, after {time.monotonic() - begun:.0f} s")


if __name__ == "__main__":
    try:
        main()
    except (Failed, VERIFY.Failed) as failed:
        sys.exit(f"FAILED {failed}")
