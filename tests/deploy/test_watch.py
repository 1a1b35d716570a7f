"""infra/observability.yaml: the functions written in it run, and what it reads is there to be read."""

import contextlib
import hashlib
import http.server
import json
import os
import re
import sys
import threading
import tomllib
import types
import unittest
import urllib.parse
from unittest import mock

from translated import ROOT, listed, of_type, read, walk

WATCH = read("infra/observability.yaml")["Resources"]
TOKEN = "demoToken"


def code(function, parameter):
    """The module that is written in the template, with a Parameter Store that holds one value."""
    client = types.SimpleNamespace(get_parameter=lambda Name, WithDecryption: {"Parameter": {"Value": parameter}})
    fake = types.SimpleNamespace(client=lambda service: client)
    module = types.ModuleType(function)
    with mock.patch.dict(sys.modules, boto3=fake):
        exec(WATCH[function]["Properties"]["Code"]["ZipFile"], module.__dict__)
    return module


@contextlib.contextmanager
def server(answer):
    """A server on loopback; `answer` gets path and body of a request, and gives status and text."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            status, text = answer(self.path, body)
            self.send_response(status)
            self.end_headers()
            self.wfile.write(text.encode())

        do_POST = do_GET

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as served:
        threading.Thread(target=served.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{served.server_port}"
        served.shutdown()


class Canary(unittest.TestCase):
    def check(self, answer, token=TOKEN):
        with server(answer) as url, mock.patch.dict(os.environ, URL=f"{url}/callback/demo", PARAMETER="/x"):
            code("Canary", json.dumps({"token": token})).handler({}, None)

    def wechat(self, path, _):
        """What the callback does with the check of the console."""
        query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(path).query))
        expected = hashlib.sha1("".join(sorted([TOKEN, query["timestamp"], query["nonce"]])).encode()).hexdigest()
        return (200, query["echostr"]) if query["signature"] == expected else (403, "")

    def test_a_callback_that_answers_is_well(self):
        self.check(self.wechat)

    def test_another_token_an_error_and_another_answer_are_failures(self):
        for answer, token in ((self.wechat, "another"), (lambda *_: (500, ""), TOKEN), (lambda *_: (200, "ok"), TOKEN)):
            with self.assertRaises(Exception) as failure:
                self.check(answer, token)
            self.assertNotIn(TOKEN, str(failure.exception))


class Chat(unittest.TestCase):
    ALARM = {"AlarmName": "wechat-functions-watch-CallbackFails", "AlarmDescription": "It fails.", "NewStateValue": "ALARM", "NewStateReason": "1 > 0"}

    def tell(self, answer):
        got = []

        def bot(_, body):
            got.append(json.loads(body))
            return 200, json.dumps(answer)

        with server(bot) as url, mock.patch.dict(os.environ, PARAMETER="/x"):
            code("Chat", url).handler({"Records": [{"Sns": {"Message": json.dumps(self.ALARM)}}]}, None)
        return got

    def test_dingtalk_and_wecom(self):
        text = "ALARM: wechat-functions-watch-CallbackFails\nIt fails.\n1 > 0"
        self.assertEqual(self.tell({"errcode": 0, "errmsg": "ok"}), [{"msgtype": "text", "text": {"content": text}}])

    def test_feishu(self):
        body = code("Chat", "").body_of("https://open.feishu.cn/open-apis/bot/v2/hook/x", "a")
        self.assertEqual(body, {"msg_type": "text", "content": {"text": "a"}})

    def test_what_a_bot_refuses_is_a_failure(self):
        for refusal in ({"code": 19024, "msg": "Key Words Not Found"}, {"errcode": 310000, "errmsg": "keywords not in content"}):
            with self.assertRaises(RuntimeError):
                self.tell(refusal)


class Reading(unittest.TestCase):
    def setUp(self):
        self.template = read("template.yaml")
        self.format = self.template["Resources"]["Api"]["Properties"]["AccessLogSettings"]["Format"]

    def test_the_access_log_says_who_was_refused_and_why(self):
        fields = json.loads(self.format)
        self.assertEqual(fields["caller"], "$context.identity.userArn")
        self.assertEqual(fields["refusal"], "$context.error.message")

    def test_filters_read_fields_that_the_access_log_has(self):
        filters = of_type(WATCH, "AWS::Logs::MetricFilter")
        self.assertEqual(len(filters), 2)
        for name, one in filters.items():
            self.assertLessEqual(set(re.findall(r"\$\.(\w+)", one["FilterPattern"])), set(json.loads(self.format)), name)
            for route in re.findall(r'"(ANY [^"]+)"', one["FilterPattern"]):
                method, path = route.split()
                callback = self.template["Resources"]["Callback"]["Properties"]["Events"]["Push"]["Properties"]
                self.assertEqual((method, path), (callback["Method"], callback["Path"]))

    def test_queries_read_lines_that_are_written(self):
        sources = "".join(path.read_text() for folder in ("functions", "shared/src") for path in (ROOT / folder).rglob("*.rs"))
        queries = of_type(WATCH, "AWS::Logs::QueryDefinition")
        self.assertGreaterEqual(len(queries), 9)
        for name, query in queries.items():
            for message in re.findall(r'fields\.message = "(\w+)"', query["QueryString"]):
                self.assertIn(f'"{message}");', re.sub(r'"\)\s*(?=[,}])', '");', sources), name)
            if "'ApiLogGroup'" in str(query["LogGroupNames"]):
                known = set(json.loads(self.format))
                for field in re.findall(r"\bby (.+)", query["QueryString"])[0].split(", "):
                    self.assertIn(field, known, name)

    def test_every_log_has_a_query_and_every_alarm_is_told_to_a_topic_of_its_severity(self):
        groups = {name.removesuffix("Logs") for name, one in self.template["Resources"].items() if one["Type"] == "AWS::Logs::LogGroup"}
        read = [value["Fn::GetStackOutput"]["OutputName"] for value in walk(of_type(WATCH, "AWS::Logs::QueryDefinition")) if isinstance(value, dict) and "Fn::GetStackOutput" in value]
        asked = {name.removesuffix("LogGroup") for name in read}
        self.assertEqual(groups, asked)
        told = {}
        for name, alarm in of_type(WATCH, "AWS::CloudWatch::Alarm").items():
            self.assertEqual(alarm["AlarmActions"], alarm["OKActions"], name)
            [topic] = listed(alarm["AlarmActions"])
            told.setdefault(topic["Ref"], set()).add(name)
        self.assertEqual(set(told), {"Operator", "Urgent"})
        self.assertLessEqual({"CallbackUnreachable", "CallbackFails", "ServerErrors", "NoTokenRefreshed", "Throttled"}, told["Urgent"])

    def test_a_template_that_is_too_long_for_a_body_goes_through_a_bucket(self):
        for config, name, template in (("infra/samconfig.toml", "watch", "infra/observability.yaml"), ("samconfig.toml", "default", "template.yaml")):
            deploys = tomllib.loads((ROOT / config).read_text())[name]["deploy"]["parameters"]
            if len((ROOT / template).read_bytes()) > 51_200:
                self.assertTrue(deploys["resolve_s3"], template)
            self.assertEqual(deploys["capabilities"], "CAPABILITY_IAM", template)

    def test_the_dashboard_is_json(self):
        body, names = WATCH["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
        for name in re.findall(r"\$\{(\w+)\}", body):
            self.assertIn(name, {*names, "Stack"})
        kinds = [widget["type"] for widget in json.loads(body)["widgets"]]
        self.assertEqual(kinds.count("log"), 2)


if __name__ == "__main__":
    unittest.main()
