"""infra/release/verify as far as no AWS is needed: what it would call, in which order, and that it asks first.

Its checks of a deployed stack are run against an emulator by tests/stack/smoke.py.
"""

import importlib.machinery
import importlib.util
import pathlib
import re
import shlex
import subprocess
import sys
import unittest
from unittest import mock

from refusing import refusing
from translated import ROOT, read

SCRIPT = ROOT / "infra/release/verify"
STACK = "wechat-verify-t"
SAM = pathlib.Path(sys.executable).with_name("sam")


def module():
    """The script as a module."""
    loader = importlib.machinery.SourceFileLoader("verify", str(SCRIPT))
    made = importlib.util.module_from_spec(importlib.util.spec_from_loader("verify", loader))
    loader.exec_module(made)
    return made


class Client:
    """A client of AWS that gives one answer after the other."""

    def __init__(self, *answers):
        self.answers, self.asked = list(answers), []

    def client(self, _):
        return self

    def __getattr__(self, operation):
        def answer(**parameters):
            self.asked.append((operation, parameters))
            return self.answers.pop(0)

        return answer


class Checks(unittest.TestCase):
    def test_a_page_without_lines_is_not_the_end_of_a_log(self):
        verify = module()
        client = Client({"events": [], "nextToken": "2"}, {"events": [{"message": "boom"}]})
        with self.assertRaisesRegex(verify.Failed, "CallbackLogGroup has no error: .*boom"), mock.patch("builtins.print"):
            verify.logs(verify.Aws(False, client), {"CallbackLogGroup": "g"})
        self.assertEqual(client.asked[1][1]["nextToken"], "2")

    def test_alarms_that_have_seen_nothing_are_no_proof(self):
        verify = module()
        alarm = lambda name, state: {"AlarmName": f"w-{name}-1A2B", "StateValue": state}
        unproven = {"MetricAlarms": [alarm("NoTokenRefreshed", "INSUFFICIENT_DATA"), alarm("CallbackUnreachable", "OK")]}
        ringing = {"MetricAlarms": [alarm("NoTokenRefreshed", "OK"), alarm("CallbackUnreachable", "OK"), alarm("ServerErrors", "ALARM")]}
        well = {"MetricAlarms": [alarm("NoTokenRefreshed", "OK"), alarm("CallbackUnreachable", "OK"), alarm("Throttled", "INSUFFICIENT_DATA")]}
        client = Client(unproven, ringing, well)
        with mock.patch("time.sleep"), mock.patch("builtins.print"):
            verify.alarms(verify.Aws(False, client), "w")
        self.assertEqual(len(client.asked), 3)

    def test_nobody_who_reads_no_more_keeps_a_stack_from_being_deleted(self):
        client = Client({})
        with mock.patch("builtins.print", side_effect=BrokenPipeError):
            module().Aws(False, client).call("cloudformation", "delete_stack", StackName="s")
        self.assertEqual(client.asked, [("delete_stack", {"StackName": "s"})])


class Verify(unittest.TestCase):
    def setUp(self):
        self.asked, environment = self.enterContext(refusing())
        self.environment = environment | {"PYTHONDONTWRITEBYTECODE": "1"}

    def run_it(self, *arguments, answer=""):
        command = [sys.executable, str(SCRIPT), "--stack", STACK, *arguments]
        return subprocess.run(command, input=answer, capture_output=True, text=True, env=self.environment, timeout=60)

    def test_a_dry_run_tells_every_call_and_makes_none(self):
        run = self.run_it("--dry-run", "--invokes", "3")
        self.assertEqual((run.returncode, run.stderr, self.asked), (0, "", []))
        steps = [
            "costs about $", "cloudformation:create_stack", "ssm:put_parameter", "$ sam build", f"sam deploy --stack-name {STACK} ",
            "sam deploy --template-file infra/observability.yaml", "GET https://", "POST https://", "(signed)", "lambda:invoke",
            "AsyncEventAge", "cloudwatch:describe_alarms", "logs:filter_log_events", "cloudformation:delete_stack", "dynamodb:delete_table",
            "ssm:delete_parameter", "nothing was called",
        ]
        places = [run.stdout.find(step) for step in steps]
        self.assertNotIn(-1, places, dict(zip(steps, places)))
        self.assertEqual(places, sorted(places), dict(zip(steps, places)))
        self.assertEqual(run.stdout.count("lambda:invoke"), 3)
        made, deleted = (re.findall(rf'{call} .*?"StackName": "([\w-]+)"', run.stdout) for call in ("create_stack", "delete_stack"))
        self.assertEqual({*made, *re.findall(r"--stack-name ([\w-]+) --cap", run.stdout)}, set(deleted))

    def test_nothing_begins_without_a_yes(self):
        for answer in ("\n", "n\n", "yes please\n"):
            run = self.run_it(answer=answer)
            self.assertEqual((run.returncode, run.stderr.strip(), self.asked), (1, "nothing was done", []))
            self.assertRegex(run.stdout, r"costs about \$0\.0\d\.")

    def test_a_stack_in_use_cannot_be_named(self):
        for name in ("wechat-functions", "wechat-verify-", "wechat-verify-x y"):
            run = subprocess.run([sys.executable, SCRIPT, "--dry-run", "--stack", name], capture_output=True, text=True)
            self.assertEqual(run.returncode, 2, run.stderr)
            self.assertIn("is deleted at the end", run.stderr)

    def test_after_a_failure_the_deletion_of_every_stack_is_tried(self):
        run = self.run_it("--yes")
        self.assertNotEqual(run.returncode, 0)
        self.assertEqual(re.findall(r"cloudformation:(\w+)", run.stdout), ["create_stack"], run.stdout)
        self.assertGreaterEqual(len(self.asked), 4)
        for name in (f"{STACK}-watch", STACK, f"{STACK}-wechat"):
            self.assertIn(f"{name} is not deleted", run.stderr)

    def test_sam_takes_the_commands_up_to_the_first_call_of_aws(self):
        commands = re.findall(r"^\$ (sam deploy .+)$", self.run_it("--dry-run").stdout, re.M)
        self.assertEqual(len(commands), 2)
        for command in commands:
            self.asked.clear()
            run = subprocess.run([SAM, *shlex.split(command)[1:]], cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=120)
            self.assertTrue(self.asked, run.stderr)
            template = re.search(r"--template-file (\S+)", command)
            parameters = read(template[1] if template else "template.yaml")["Parameters"]
            for name in re.findall(r" (\w+)=", command.split("--parameter-overrides")[1]):
                self.assertIn(name, parameters)

    def test_what_plays_wechat_answers_all_that_is_asked(self):
        function = read("infra/release/stand-in.yaml")["Resources"]["Wechat"]["Properties"]["Code"]["ZipFile"]
        module = {}
        exec(function, module)
        answer = module["handler"]({}, None)
        self.assertEqual(answer["statusCode"], 200)
        number = re.search(r"^MSGID = (\d+)$", SCRIPT.read_text(), re.M)[1]
        for part in ('"errcode": 0', '"access_token": "', '"expires_in": 7200', f'"msgid": {number}'):
            self.assertIn(part, answer["body"])


if __name__ == "__main__":
    unittest.main()
