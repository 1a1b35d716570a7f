// Sends a template message: java Send.java, with Java 17 or later and nothing else.
//
// WECHAT_API=https://….execute-api.….amazonaws.com, and AWS's usual variables for region and keys. With AWS's SDK at hand,
// AwsV4HttpSigner of software.amazon.awssdk:http-auth-aws signs in place of sign and finds the keys of roles as well.
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

public class Send {
    static final Map<String, String> ENV = System.getenv();

    static String digest(String text) throws GeneralSecurityException {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
    }

    static byte[] mac(byte[] key, String text) throws GeneralSecurityException {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key, "HmacSHA256"));
        return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
    }

    /** The headers that sign a request (Signature Version 4); `host` the client sets itself. */
    static Map<String, String> sign(String method, URI uri, String body) throws GeneralSecurityException {
        String now = ZonedDateTime.now(ZoneOffset.UTC).format(DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'"));
        Map<String, String> headers = new TreeMap<>(Map.of("host", uri.getAuthority(), "x-amz-date", now));
        if (ENV.get("AWS_SESSION_TOKEN") != null) {
            headers.put("x-amz-security-token", ENV.get("AWS_SESSION_TOKEN"));
        }
        String names = String.join(";", headers.keySet());
        String lines = headers.entrySet().stream().map(h -> h.getKey() + ":" + h.getValue() + "\n").collect(Collectors.joining());
        String query = uri.getRawQuery() == null ? "" : Arrays.stream(uri.getRawQuery().split("&")).sorted().collect(Collectors.joining("&"));
        String asked = String.join("\n", method, uri.getRawPath(), query, lines, names, digest(body));
        String[] scope = {now.substring(0, 8), ENV.get("AWS_REGION"), "execute-api", "aws4_request"};
        byte[] key = ("AWS4" + ENV.get("AWS_SECRET_ACCESS_KEY")).getBytes(StandardCharsets.UTF_8);
        for (String part : scope) {
            key = mac(key, part);
        }
        String in = String.join("/", scope);
        String signature = HexFormat.of().formatHex(mac(key, String.join("\n", "AWS4-HMAC-SHA256", now, in, digest(asked))));
        headers.remove("host");
        headers.put("authorization", "AWS4-HMAC-SHA256 Credential=%s/%s, SignedHeaders=%s, Signature=%s"
            .formatted(ENV.get("AWS_ACCESS_KEY_ID"), in, names, signature));
        return headers;
    }

    static String call(String method, String path, String body) throws Exception {
        URI uri = URI.create(ENV.get("WECHAT_API") + path);
        HttpRequest.Builder request = HttpRequest.newBuilder(uri).header("content-type", "application/json");
        sign(method, uri, body).forEach(request::header);
        request.method(method, HttpRequest.BodyPublishers.ofString(body));
        HttpResponse<String> answer = HttpClient.newHttpClient().send(request.build(), HttpResponse.BodyHandlers.ofString());
        if (answer.statusCode() >= 300) {
            throw new IllegalStateException(answer.statusCode() + ": " + answer.body());
        }
        return answer.body();
    }

    public static void main(String[] arguments) throws Exception {
        // The same client_msg_id again sends nothing twice: take one of your own, such as the order's number.
        System.out.println(call("POST", "/v1/accounts/demo/template-messages", """
            {"client_msg_id": "%s", "touser": "oT3x_uK9bqVwZ2m4LrNcY8dEfGhI",
             "template_id": "pQ7rS9tUvWxYz1A2b3C4d5E6f7G8h9I0jKlMnOpQrSt", "data": {
              "thing2": {"value": "已发货"}, "character_string1": {"value": "1042"}, "time3": {"value": "2026-11-21 18:00"}}}
            """.formatted(ENV.getOrDefault("CLIENT_MSG_ID", "order-1042"))));
    }
}
