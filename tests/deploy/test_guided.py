"""`sam deploy --guided`, answered with Enter alone, as README has people do it, up to the first call of AWS."""

import pathlib
import re
import shutil
import sys
import tempfile
import tomllib
import unittest

import pexpect
from refusing import refusing

ROOT = pathlib.Path(__file__).resolve().parents[2]
FILES = ["template.yaml", "samconfig.toml", "infra/samconfig.toml", "infra/network.yaml", "infra/observability.yaml"]
SAM = pathlib.Path(sys.executable).with_name("sam")


class Guided(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        for name in FILES:
            (self.folder / name).parent.mkdir(exist_ok=True)
            shutil.copy(ROOT / name, self.folder / name)
        self.asked, self.environment = self.enterContext(refusing())

    def deploy(self, *arguments, **answers):
        """Answers every prompt, with Enter where nothing else is said, and returns what was asked."""
        command = [str(SAM), "deploy", "--guided", *arguments]
        child = pexpect.spawn(command[0], command[1:], cwd=self.folder, env=self.environment, encoding="utf-8", timeout=60, dimensions=(40, 400))
        self.addCleanup(child.close, True)
        asked = []
        while not self.asked:
            if child.expect([r"[^\r\n]*: $", pexpect.EOF]):
                break
            prompt = re.sub(r"\x1b\[[0-9;]*m", "", child.after).strip()
            self.assertNotIn(prompt, asked, "asked again: Enter is no answer")
            asked.append(prompt)
            child.sendline(next((value for word, value in answers.items() if word in prompt), ""))
        child.expect(pexpect.EOF)
        self.assertTrue(self.asked, f"ended before it called AWS: {child.before}")
        return asked

    def test_the_stack(self):
        asked = " ".join(self.deploy())
        for parameter in ("ParameterPrefix", "SubnetIds", "WechatProxy", "DomainName"):
            self.assertIn(f"Parameter {parameter} [", asked)

    def test_the_stack_of_another_stage(self):
        asked = " ".join(self.deploy("--config-env", "prod"))
        self.assertIn("Stack Name [wechat-functions-prod]", asked)
        self.assertIn("Parameter ParameterPrefix [wechat-prod]", asked)
        self.assertIn("SAM configuration environment [prod]", asked)

    def test_the_network(self):
        asked = " ".join(self.deploy("--template-file", "infra/network.yaml", "--config-env", "network"))
        self.assertIn("Stack Name [wechat-network]", asked)
        self.assertIn("SAM configuration environment [network]", asked)

    def test_the_alarms(self):
        template = ("--template-file", "infra/observability.yaml", "--config-env", "watch")
        asked = " ".join(self.deploy(*template, Email="you@example.com"))
        self.assertIn("Stack Name [wechat-functions-watch]", asked)

    def test_no_template_of_infra_has_a_stack_by_default(self):
        self.assertNotIn("default", tomllib.loads((self.folder / "infra/samconfig.toml").read_text()))


if __name__ == "__main__":
    unittest.main()
