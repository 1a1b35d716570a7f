"""A client that openapi-python-client makes from infra/openapi.yaml, at work against the local bundle.

    tests/clients/python_client.py [--binaries DIR]

Fails when the generator leaves out or warns about anything, and when a call does not do what it must.
Nothing listens outside loopback, ports are free ones, and whatever was started is ended.
"""

import importlib
import os
import pathlib
import sys

import httpx
from bundle import DOCUMENT, FOLLOWER, check, complete, generate, signed, work
from process import eventually


class Signer(httpx.Auth):
    """Signs what the client sends."""

    requires_request_body = True

    def auth_flow(self, request):
        request.headers.update(signed(request.method, str(request.url), request.headers, request.content))
        yield request


def make(folder):
    """Makes the package `client`; the module of every operation."""
    # The generator formats what it wrote with a program that stands beside it.
    scripts = pathlib.Path(sys.executable).parent
    environment = {**os.environ, "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}"}
    into = ["--meta", "none", "--output-path", folder / "client", "--fail-on-warning"]
    generate("openapi-python-client", "--path", DOCUMENT, *into, environment=environment)
    sys.path.insert(0, str(folder))
    files = {file.stem: file for file in (folder / "client/api").glob("*/*.py")}
    complete(lambda name: name in files)
    return {name: f"client.api.{file.parent.name}.{name}" for name, file in files.items()}


def connect(groups, url):
    return (Stage(groups, url),)


class Stage:
    """The generated client, signed and not."""

    def __init__(self, groups, url):
        client = importlib.import_module("client")
        self.models = importlib.import_module("client.models")
        self.groups = groups
        self.client = client.Client(base_url=url, httpx_args={"auth": Signer()})
        self.stranger = client.Client(base_url=url)

    def call(self, name, *path, client=None, **more):
        """Status and answer of an operation."""
        operation = importlib.import_module(self.groups[name])
        answer = operation.sync_detailed("demo", *path, client=client or self.client, **more)
        return answer.status_code.value, answer.parsed

    def message(self, **more):
        """A template message."""
        whole = {"touser": FOLLOWER, "template_id": "TPL", "data": {"thing1": {"value": "已发货"}}, **more}
        return self.models.SendTemplateMessage.from_dict(whole)


def send(stage):
    models = stage.models
    message = stage.message(client_msg_id="order-1")
    status, accepted = stage.call("send_template_messages", body=message)
    check("a template message is taken", status == 202 and accepted.state is models.State.QUEUED, accepted)

    def sent():
        row = stage.call("read_message", "order-1")[1]
        return row if row.state in (models.State.SENT, models.State.DELIVERED) else None

    row = eventually("and sent", sent, lambda: stage.call("read_message", "order-1"), 30)
    check("by its row", row.kind is models.SendKind.TEMPLATE and row.msgid and row.error is None, row)
    status, again = stage.call("send_template_messages", body=message)
    check("the same again is told by its row", status == 200 and isinstance(again, models.MessageRow), again)
    two = [stage.message(), stage.message()]
    status, accepted = stage.call("send_template_messages", body=two)
    check("two are taken as an array", status == 202 and len(accepted) == 2, accepted)
    status, page = stage.call("list_messages", to_user=FOLLOWER, limit=2)
    check("a page of messages is listed", status == 200 and len(page.messages) == 2 and page.cursor, page)
    status, page = stage.call("list_messages", cursor=page.cursor)
    check("and the next", status == 200 and "order-1" in [row.client_msg_id for row in page.messages], page)
    text = models.TextMessage.from_dict({"touser": FOLLOWER, "msgtype": "text", "text": {"content": "您好"}})
    status, accepted = stage.call("send_customer_service_messages", body=text)
    check("a text is taken", status == 202, accepted)


def campaign(stage):
    models = stage.models
    body = models.MassSend.from_dict(
        {
            "client_msg_id": "news-1",
            "to": {"openids": [f"oT3x_u{n:022}" for n in range(100)]},
            "message": {"msgtype": "text", "text": {"content": "你好"}},
        }
    )
    status, accepted = stage.call("create_mass_send", body=body)
    check("a campaign is taken", status == 202 and accepted.client_msg_id == "news-1", accepted)
    status, shown = stage.call("read_mass_send", "news-1")
    check("and told", status == 200 and shown.counts.recipients == 100, shown)
    if "list_mass_sends" in stage.groups:
        status, page = stage.call("list_mass_sends")
        check("and listed", status == 200, page)
    status, speed = stage.call("read_mass_send_speed")
    check("the speed is told", status == 200 and 0 <= speed.speed <= 4, speed)


def relay(stage):
    models = stage.models
    status, token = stage.call("read_access_token")
    check("a token is read", status == 200 and token.expires_in > 0, status)
    status, answer = stage.call("get_wechat", "cgi-bin/getcallbackip")
    check("a path with slashes is called", status == 200 and answer["ip_list"], answer)
    status, refusal = stage.call("get_wechat", "cgi-bin/user/info", openid="nobody")
    refused = isinstance(refusal, models.WechatRefusal) and refusal.explanation.zh
    check("WeChat's refusal is explained", status == 422 and refused, refusal)


def mistakes(stage):
    models = stage.models
    status, refusal = stage.call("send_template_messages", body=stage.message(data={}))
    told = status == 400 and refusal.error.type_ == "invalid_field" and refusal.error.field == "data"
    check("a wrong message is refused by its field", told, refusal)
    status, refusal = stage.call("read_message", "never-sent")
    check("what is not there is told by its type", status == 404 and refusal.error.type_ == "not_found", refusal)
    status, refusal = stage.call("read_message", "order-1", client=stage.stranger)
    check("an unsigned call is forbidden", status == 403 and isinstance(refusal, models.GatewayAnswer), refusal)


if __name__ == "__main__":
    work(make, connect, (send, campaign, relay, mistakes))
