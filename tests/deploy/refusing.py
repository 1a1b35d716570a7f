"""An AWS that refuses everything, for what must come as far as asking it."""

import contextlib
import http.server
import os
import tempfile
import threading


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.server.asked.append(self.path)
        self.send_response(403)
        self.end_headers()

    do_GET = do_PUT = do_POST

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def refusing():
    """What it was asked, path by path, and the environment in which the SDK and SAM ask it."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as aws, tempfile.TemporaryDirectory() as home:
        aws.asked = []
        threading.Thread(target=aws.serve_forever, daemon=True).start()
        yield aws.asked, os.environ | {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{aws.server_port}",
            "AWS_ACCESS_KEY_ID": "nobody",
            "AWS_SECRET_ACCESS_KEY": "nothing",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_MAX_ATTEMPTS": "1",
            "SAM_CLI_TELEMETRY": "0",
            "HOME": home,
            "NO_COLOR": "1",
        }
        aws.shutdown()
