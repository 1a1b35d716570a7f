"""The guides say what the templates do: an entry for each alarm, a policy for each signed route."""

import json
import re
import unittest

import yaml

from translated import ROOT, of_type, read

METHODS = {"get", "post", "put", "delete", "patch"}


def text(path):
    return (ROOT / path).read_text()


class Runbook(unittest.TestCase):
    def setUp(self):
        self.entries = dict(re.findall(r"^### (\w+)\n\n(.+?)(?=^##|\Z)", text("docs/runbook.md"), re.M | re.S))

    def test_each_alarm_has_an_entry_and_each_entry_an_alarm(self):
        alarms = of_type(read("infra/observability.yaml")["Resources"], "AWS::CloudWatch::Alarm")
        self.assertEqual(set(self.entries), set(alarms))
        for name, alarm in alarms.items():
            urgent = alarm["AlarmActions"] == [{"Ref": "Urgent"}]
            self.assertEqual(self.entries[name].startswith("Urgent"), urgent, name)

    def test_queries_and_outputs_that_are_named_exist(self):
        resources = read("infra/observability.yaml")["Resources"]
        known = {query["Name"]["Fn::Sub"].removeprefix("${Stack}/") for query in of_type(resources, "AWS::Logs::QueryDefinition").values()}
        book = text("docs/runbook.md")
        named = set(re.findall(r"[Qq]uery\s+`([^`]+)`", book))
        self.assertTrue(named)
        self.assertLessEqual(named, known)
        outputs = read("template.yaml")["Outputs"]
        self.assertLessEqual(set(re.findall(r"\$\(output (\w+)\)", book)), set(outputs))

    def test_what_is_named_in_the_other_guides_is_a_parameter_an_output_or_a_resource(self):
        template, watch = read("template.yaml"), read("infra/observability.yaml")
        known = {*template["Parameters"], *template["Outputs"], *template["Resources"], *watch["Parameters"], *watch["Resources"]}
        for guide in ("docs/security.md", "docs/restore.md"):
            for name in re.findall(r"`([A-Z][a-z]+[A-Z]\w+)`", text(guide)):
                self.assertTrue(name in known or name.endswith("Access"), f"{guide}: {name}")


class Operator(unittest.TestCase):
    def test_each_right_that_redrive_uses_is_in_the_table_of_an_operators_rights(self):
        sources = "".join(path.read_text() for path in (ROOT / "infra/doctor/src/redrive").glob("*.rs"))
        used = set(re.findall(r'"((?:sqs|lambda|dynamodb):\w+)"', sources))
        self.assertGreaterEqual(len(used), 6)
        [table] = re.findall(r"^## What an operator may do\n(.+?)^## ", text("docs/security.md"), re.M | re.S)
        self.assertLessEqual(used, set(re.findall(r"`(\w+:\w+)`", table)))


class Policies(unittest.TestCase):
    PREFIX = "arn:aws:execute-api:REGION:ACCOUNT:API/$default/"

    def setUp(self):
        document = yaml.safe_load(text("infra/openapi.yaml"))
        self.signed, self.open = set(), set()
        for path, methods in document["paths"].items():
            for method, operation in methods.items():
                if method in METHODS:
                    signed = operation.get("security", document["security"]) != []
                    (self.signed if signed else self.open).add(f"{method.upper()}{path}")
        blocks = re.findall(r"^```json\n(.+?)^```$", text("docs/security.md"), re.M | re.S)
        self.policies = {}
        for block in blocks:
            [statement] = json.loads(block)["Statement"]
            self.assertEqual((statement["Effect"], statement["Action"]), ("Allow", "execute-api:Invoke"))
            self.policies[statement["Sid"]] = statement["Resource"]

    def covers(self, resource, route):
        """IAM's `*` is any letters, slashes too; a parameter of a path stands for some value."""
        self.assertTrue(resource.startswith(self.PREFIX), resource)
        pattern = re.escape(resource.removeprefix(self.PREFIX)).replace(r"\*", ".*")
        return re.fullmatch(pattern, re.sub(r"\{\w+\+?\}", "x", route)) is not None

    def test_each_signed_route_is_in_a_policy(self):
        self.assertGreaterEqual(len(self.signed), 30)
        resources = [one for policy in self.policies.values() for one in policy]
        for route in self.signed:
            self.assertTrue(any(self.covers(one, route) for one in resources), route)

    def test_each_resource_is_a_signed_route(self):
        for name, policy in self.policies.items():
            for one in policy:
                self.assertTrue(any(self.covers(one, route) for route in self.signed), f"{name}: {one}")
                self.assertFalse(any(self.covers(one, route) for route in self.open), f"{name}: {one}")

    def test_tokens_are_in_the_policy_of_tokens_only(self):
        for name, policy in self.policies.items():
            reads = any(self.covers(one, route) for one in policy for route in self.signed if "/access-token" in route or "/tickets" in route)
            self.assertEqual(reads, name == "WechatTokens", name)

    def test_the_template_signs_what_the_document_says_is_signed(self):
        functions = of_type(read("template.yaml")["Resources"], "AWS::Serverless::Function").values()
        events = [event["Properties"] for function in functions for event in function.get("Events", {}).values() if event["Type"] == "HttpApi"]
        asked = {event["Path"].replace("+}", "}") for event in events if event.get("Auth", {}).get("Authorizer") == "AWS_IAM"}
        self.assertEqual({"/" + route.split("/", 1)[1] for route in self.signed}, asked)


class Review(unittest.TestCase):
    def test_each_finding_is_held_by_something_that_is_there(self):
        review = text("docs/review.md")
        ids = re.findall(r"^\| ([A-E]\d+b?) \|", review, re.M)
        counted = {letter: sum(one.rstrip("b")[0] == letter for one in ids) for letter in "ABCDE"}
        self.assertEqual(counted, {"A": 9, "B": 16, "C": 7, "D": 7, "E": 4})
        for path in re.findall(r"`((?:\.github|docs|functions|infra|shared|tests)/[\w./-]+)`", review):
            self.assertTrue((ROOT / path).exists(), path)
        tests = "".join(path.read_text() for path in (ROOT / "tests").glob("*/*.*") if path.suffix in (".py", ".rs"))
        for name in re.findall(r"`(test_\w+|a_\w+)`", review):
            self.assertRegex(tests, rf"(def|fn) {name}\(", name)


if __name__ == "__main__":
    unittest.main()
