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


if __name__ == "__main__":
    unittest.main()
