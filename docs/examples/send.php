<?php
// Sends a template message: php send.php; PHP 8 without extensions.
//
// WECHAT_API=https://….execute-api.….amazonaws.com, and AWS's usual variables for region and keys. With aws/aws-sdk-php at
// hand, Aws\Signature\SignatureV4 signs in place of sign() and finds the keys of roles as well.

/** The headers that sign a request (Signature Version 4). */
function sign(string $method, string $url, string $body): array
{
    $at = parse_url($url);
    $now = gmdate('Ymd\THis\Z');
    $headers = ['host' => $at['host'] . (isset($at['port']) ? ":{$at['port']}" : ''), 'x-amz-date' => $now];
    if ($token = getenv('AWS_SESSION_TOKEN')) {
        $headers['x-amz-security-token'] = $token;
    }
    $names = implode(';', array_keys($headers));
    $lines = implode('', array_map(fn ($name) => "$name:{$headers[$name]}\n", array_keys($headers)));
    $query = explode('&', $at['query'] ?? '');
    sort($query);
    $asked = implode("\n", [$method, $at['path'], implode('&', $query), $lines, $names, hash('sha256', $body)]);
    $scope = [substr($now, 0, 8), getenv('AWS_REGION'), 'execute-api', 'aws4_request'];
    $mac = fn (string $key, string $text) => hash_hmac('sha256', $text, $key, true);
    $key = array_reduce($scope, $mac, 'AWS4' . getenv('AWS_SECRET_ACCESS_KEY'));
    $in = implode('/', $scope);
    $signature = bin2hex($mac($key, implode("\n", ['AWS4-HMAC-SHA256', $now, $in, hash('sha256', $asked)])));
    $id = getenv('AWS_ACCESS_KEY_ID');
    $headers['authorization'] = "AWS4-HMAC-SHA256 Credential=$id/$in, SignedHeaders=$names, Signature=$signature";
    return $headers + ['content-type' => 'application/json'];
}

function call(string $method, string $path, ?array $body = null): array
{
    $url = getenv('WECHAT_API') . $path;
    $text = $body === null ? '' : json_encode($body, JSON_UNESCAPED_UNICODE | JSON_THROW_ON_ERROR);
    $headers = sign($method, $url, $text);
    $answer = file_get_contents($url, false, stream_context_create(['http' => [
        'method' => $method,
        'header' => array_map(fn ($name) => "$name: {$headers[$name]}", array_keys($headers)),
        'content' => $text,
        'ignore_errors' => true,
        'timeout' => 30,
    ]]));
    if (!preg_match('/^HTTP\S+ 2/', $http_response_header[0] ?? '')) {
        throw new RuntimeException(($http_response_header[0] ?? 'no answer') . ": $answer");
    }
    return json_decode($answer, true, flags: JSON_THROW_ON_ERROR);
}

// The same client_msg_id again sends nothing twice: take one of your own, such as the order's number.
echo json_encode(call('POST', '/v1/accounts/demo/template-messages', [
    'client_msg_id' => getenv('CLIENT_MSG_ID') ?: 'order-1042',
    'touser' => 'oT3x_uK9bqVwZ2m4LrNcY8dEfGhI',
    'template_id' => 'pQ7rS9tUvWxYz1A2b3C4d5E6f7G8h9I0jKlMnOpQrSt',
    'data' => [
        'thing2' => ['value' => '已发货'],
        'character_string1' => ['value' => '1042'],
        'time3' => ['value' => '2026-11-21 18:00'],
    ],
])), "\n";
