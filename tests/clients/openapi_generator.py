"""A client that openapi-generator makes from infra/openapi.yaml, at work against the local bundle.

    tests/clients/openapi_generator.py [--binaries DIR]

Needs Java. Fails when an operation is missing, and when a call does not do what it must.
"""

import importlib
import sys

from bundle import DOCUMENT, FOLLOWER, check, complete, generate, signed, work
from process import Failed, eventually


class Signer:
    """Stands before the client's connections and signs what goes through them."""

    def __init__(self, connections):
        self.connections = connections

    def request(self, method, url, headers=None, body=None, **more):
        headers = {**headers, **signed(method, url, headers, body)}
        return self.connections.request(method, url, headers=headers, body=body, **more)


def make(folder):
    """Makes the package `client`."""
    generate("openapi-generator-cli", "-g", "python", "-i", DOCUMENT, "-o", folder, "--package-name", "client")
    sys.path.insert(0, str(folder))
    text = "".join(file.read_text() for file in (folder / "client/api").glob("*_api.py"))
    complete(lambda name: f"def {name}(" in text)
    return importlib.import_module("client")


def connect(client, url):
    api = client.ApiClient(client.Configuration(host=url))
    api.rest_client.pool_manager = Signer(api.rest_client.pool_manager)
    return client, api


def send(client, api):
    messages = client.MessagesApi(api)
    message = client.SendTemplateMessage(
        client_msg_id="order-1",
        touser=FOLLOWER,
        template_id="TPL",
        data={"thing1": client.DataValue(value="已发货")},
    )
    body = client.SendTemplateMessages(message)
    accepted = messages.send_template_messages("demo", body).actual_instance
    check("a template message is taken", accepted.state == client.State.QUEUED, accepted)

    def sent():
        row = messages.read_message("demo", "order-1")
        return row if row.state in (client.State.SENT, client.State.DELIVERED) else None

    row = eventually("and sent", sent, lambda: messages.read_message("demo", "order-1"), 30)
    check("by its row", row.kind == client.SendKind.TEMPLATE and row.msgid and row.error is None, row)
    again = messages.send_template_messages("demo", body).actual_instance
    check("the same again is told by its row", isinstance(again, client.MessageRow), again)
    other = message.model_copy(update={"client_msg_id": "order-2"})
    accepted = messages.send_template_messages("demo", client.SendTemplateMessages([other])).actual_instance
    check("an array is taken", [one.client_msg_id for one in accepted] == ["order-2"], accepted)
    text = client.TextMessage(touser=FOLLOWER, msgtype="text", text=client.Text(content="您好"))
    text = client.CustomerServiceMessages(client.CustomerServiceMessage(text))
    accepted = messages.send_customer_service_messages("demo", text).actual_instance
    check("a text is taken", accepted.state == client.State.QUEUED, accepted)
    page = messages.list_messages("demo", to_user=FOLLOWER)
    check("messages are listed", len(page.messages) >= 2, page)


def campaign(client, api):
    campaigns = client.MassSendsApi(api)
    text = client.TextMass(msgtype="text", text=client.MassText(content="你好"))
    everybody = client.MassTarget(client.ToAll(all=True))
    body = client.MassSend(client_msg_id="news-1", to=everybody, message=client.MassMessage(text))
    accepted = campaigns.create_mass_send("demo", body)
    check("a campaign is taken", accepted.client_msg_id == "news-1", accepted)
    shown = campaigns.read_mass_send("demo", "news-1")
    check("and told", isinstance(shown.state, client.CampaignState), shown)
    if hasattr(campaigns, "list_mass_sends"):
        check("and listed", campaigns.list_mass_sends("demo"), "nothing")


def relay(client, api):
    token = client.TokensApi(api).read_access_token("demo")
    check("a token is read", token.expires_in > 0, "none")
    wechat = client.WechatApi(api)
    answer = wechat.get_wechat("demo", "cgi-bin/getcallbackip")
    check("a path with slashes is called", answer["ip_list"], answer)
    answer = wechat.post_wechat("demo", "cgi-bin/openapi/quota/get", {"cgi_path": "/cgi-bin/menu/get"})
    check("and one with a body", answer["errcode"] == 0, answer)


def refused(name, error, call, fits):
    try:
        seen = call()
    except error as refusal:
        check(name, fits(refusal.data), refusal)
    else:
        raise Failed(f"{name}: {seen}")


def mistakes(client, api):
    errors = importlib.import_module("client.exceptions")
    messages, wechat = client.MessagesApi(api), client.WechatApi(api)
    wrong = client.SendTemplateMessage(touser=FOLLOWER, template_id="TPL", data={})
    wrong = client.SendTemplateMessages(wrong)
    refused(
        "a wrong message is refused by its field",
        errors.BadRequestException,
        lambda: messages.send_template_messages("demo", wrong),
        lambda told: told.error.type == "invalid_field" and told.error.var_field == "data",
    )
    refused(
        "what is not there is told by its type",
        errors.NotFoundException,
        lambda: messages.read_message("demo", "never-sent"),
        lambda told: told.error.type == "not_found",
    )
    refused(
        "WeChat's refusal is explained",
        errors.UnprocessableEntityException,
        lambda: wechat.get_wechat("demo", "cgi-bin/user/info", openid="nobody"),
        lambda told: told.errcode == 40003 and told.explanation.zh,
    )
    stranger = client.ApiClient(api.configuration)
    refused(
        "an unsigned call is forbidden",
        errors.ForbiddenException,
        lambda: client.MessagesApi(stranger).read_message("demo", "order-1"),
        lambda told: told.message == "Forbidden",
    )


if __name__ == "__main__":
    work(make, connect, (send, campaign, relay, mistakes))
