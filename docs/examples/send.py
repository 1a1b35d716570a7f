"""Sends a template message; standard library alone.

WECHAT_API=https://….execute-api.….amazonaws.com, and AWS's usual variables for region and keys. With boto3 at hand, its
botocore.auth.SigV4Auth signs in place of sign() and finds the keys of roles as well.
"""
import datetime, hashlib, hmac, json, os, sys, urllib.error, urllib.parse, urllib.request

API, REGION = os.environ["WECHAT_API"], os.environ["AWS_REGION"]


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()


def mac(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def sign(method, url, body):
    """The headers that sign a request (Signature Version 4)."""
    at = urllib.parse.urlsplit(url)
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    headers = {"host": at.netloc, "x-amz-date": now}
    if token := os.environ.get("AWS_SESSION_TOKEN"):
        headers["x-amz-security-token"] = token
    names = ";".join(headers)
    # Of the path each part is escaped; names and values of the query too, and they are sorted.
    query = "&".join(sorted(at.query.split("&"))) if at.query else ""
    lines = "".join(f"{name}:{value}\n" for name, value in headers.items())
    asked = "\n".join([method, urllib.parse.quote(at.path), query, lines, names, digest(body)])
    scope = f"{now[:8]}/{REGION}/execute-api/aws4_request"
    key = ("AWS4" + os.environ["AWS_SECRET_ACCESS_KEY"]).encode()
    for part in scope.split("/"):
        key = mac(key, part)
    signature = mac(key, f"AWS4-HMAC-SHA256\n{now}\n{scope}\n{digest(asked)}").hex()
    by = f"AWS4-HMAC-SHA256 Credential={os.environ['AWS_ACCESS_KEY_ID']}/{scope}, SignedHeaders={names}, Signature={signature}"
    return headers | {"authorization": by, "content-type": "application/json"}


def call(method, path, body=None):
    text = "" if body is None else json.dumps(body)
    request = urllib.request.Request(API + path, text.encode() or None, sign(method, API + path, text), method=method)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


try:
    # The same client_msg_id again sends nothing twice: take one of your own, such as the order's number.
    print(json.dumps(call("POST", "/v1/accounts/demo/template-messages", {
        "client_msg_id": os.environ.get("CLIENT_MSG_ID", "order-1042"),
        "touser": "oT3x_uK9bqVwZ2m4LrNcY8dEfGhI",
        "template_id": "pQ7rS9tUvWxYz1A2b3C4d5E6f7G8h9I0jKlMnOpQrSt",
        "data": {"thing2": {"value": "已发货"}, "character_string1": {"value": "1042"}, "time3": {"value": "2026-11-21 18:00"}},
    })))
except urllib.error.HTTPError as refusal:
    sys.exit(f"{refusal.code}: {refusal.read().decode()}")
