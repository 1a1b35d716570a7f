"""A new stack can begin with what an old one left."""

import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

from translated import ROOT, Stack, now, schema

LINT = pathlib.Path(sys.executable).with_name("cfn-lint")


class TakeOver(unittest.TestCase):
    def run_on(self, folder, status, *instead):
        resources = Stack(now("template.yaml")).resources
        listed = [
            {"LogicalResourceId": id, "PhysicalResourceId": f"old-{id}", "ResourceType": one["Type"], "ResourceStatus": status(one)}
            for id, one in resources.items()
        ]
        command = [sys.executable, ROOT / "infra/take-over", folder, *instead]
        return subprocess.run(command, input=json.dumps({"StackResourceSummaries": listed}), capture_output=True, text=True)

    def test_tables_and_queues_are_taken_over_as_they_are_called(self):
        gone = lambda one: "DELETE_SKIPPED" if "Retain" in one.get("DeletionPolicy", "") else "DELETE_COMPLETE"
        with tempfile.TemporaryDirectory() as folder:
            done = self.run_on(folder, gone, "Inbox=restored")
            self.assertEqual(done.returncode, 0, done.stderr)
            template = json.loads((pathlib.Path(folder) / "template.json").read_text())
            found = json.loads((pathlib.Path(folder) / "resources.json").read_text())
            linted = subprocess.run([LINT, "--ignore-checks", "W", "--", f"{folder}/template.json"], capture_output=True, text=True)
            self.assertEqual(linted.returncode, 0, linted.stdout)
        self.assertEqual({one["LogicalResourceId"] for one in found}, set(template["Resources"]))
        names = {one["LogicalResourceId"]: one["ResourceIdentifier"] for one in found}
        self.assertEqual(names["Inbox"], {"TableName": "restored"})
        self.assertEqual(names["SendQueue"], {"QueueUrl": "old-SendQueue"})
        self.assertNotIn("Logins", names)
        for one in found:
            identifier = [path.split("/")[2] for path in schema(one["ResourceType"])["primaryIdentifier"]]
            self.assertEqual(list(one["ResourceIdentifier"]), identifier)
            self.assertIn("DeletionPolicy", template["Resources"][one["LogicalResourceId"]], "AWS asks for it")

    def test_of_a_stack_that_left_nothing_it_says_so(self):
        with tempfile.TemporaryDirectory() as folder:
            done = self.run_on(folder, lambda one: "DELETE_COMPLETE")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("nothing is left", done.stderr)


if __name__ == "__main__":
    unittest.main()
