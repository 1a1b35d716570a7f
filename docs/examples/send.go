// Sends a template message: go run send.go; standard library alone.
//
// WECHAT_API=https://….execute-api.….amazonaws.com, and AWS's usual variables for region and keys. With AWS's SDK at hand,
// github.com/aws/aws-sdk-go-v2/aws/signer/v4 signs in place of sign and finds the keys of roles as well.
package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"strings"
	"time"
)

func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

func mac(key []byte, text string) []byte {
	sum := hmac.New(sha256.New, key)
	sum.Write([]byte(text))
	return sum.Sum(nil)
}

// sign signs a request (Signature Version 4).
func sign(request *http.Request, body string) {
	now := time.Now().UTC().Format("20060102T150405Z")
	request.Header.Set("x-amz-date", now)
	names, lines := "host;x-amz-date", "host:"+request.URL.Host+"\nx-amz-date:"+now+"\n"
	if token := os.Getenv("AWS_SESSION_TOKEN"); token != "" {
		request.Header.Set("x-amz-security-token", token)
		names, lines = names+";x-amz-security-token", lines+"x-amz-security-token:"+token+"\n"
	}
	// Encode sorts the query.
	asked := strings.Join([]string{request.Method, request.URL.EscapedPath(), request.URL.Query().Encode(), lines, names, digest(body)}, "\n")
	scope := []string{now[:8], os.Getenv("AWS_REGION"), "execute-api", "aws4_request"}
	key := []byte("AWS4" + os.Getenv("AWS_SECRET_ACCESS_KEY"))
	for _, part := range scope {
		key = mac(key, part)
	}
	in := strings.Join(scope, "/")
	signature := hex.EncodeToString(mac(key, "AWS4-HMAC-SHA256\n"+now+"\n"+in+"\n"+digest(asked)))
	request.Header.Set("authorization", fmt.Sprintf("AWS4-HMAC-SHA256 Credential=%s/%s, SignedHeaders=%s, Signature=%s",
		os.Getenv("AWS_ACCESS_KEY_ID"), in, names, signature))
}

func call(method, path, body string) (string, error) {
	request, err := http.NewRequest(method, os.Getenv("WECHAT_API")+path, strings.NewReader(body))
	if err != nil {
		return "", err
	}
	request.Header.Set("content-type", "application/json")
	sign(request, body)
	answer, err := (&http.Client{Timeout: 30 * time.Second}).Do(request)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	said, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode >= 300 {
		err = fmt.Errorf("%s: %s", answer.Status, said)
	}
	return string(said), err
}

func main() {
	// The same client_msg_id again sends nothing twice: take one of your own, such as the order's number.
	id := os.Getenv("CLIENT_MSG_ID")
	if id == "" {
		id = "order-1042"
	}
	said, err := call("POST", "/v1/accounts/demo/template-messages", fmt.Sprintf(`{"client_msg_id": %q,
		"touser": "oT3x_uK9bqVwZ2m4LrNcY8dEfGhI", "template_id": "pQ7rS9tUvWxYz1A2b3C4d5E6f7G8h9I0jKlMnOpQrSt",
		"data": {"thing2": {"value": "已发货"}, "character_string1": {"value": "1042"}, "time3": {"value": "2026-11-21 18:00"}}}`, id))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(said)
}
